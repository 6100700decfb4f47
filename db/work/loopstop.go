package work

import (
	"context"
	"encoding/json"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const stopColumns = `l.session_id, l.n, l.at, l.attempt, l.evidence, l.reply, l.replied_by, l.replied_by_name, l.replied_at`

var (
	qAddStop = area.Scoped(`INSERT INTO main.session_loops (tenant_id, session_id, n, at, attempt, evidence)
		VALUES ($1, $2, (SELECT coalesce(max(n), 0) + 1 FROM session_loops WHERE tenant_id = $1 AND session_id = $2), $3, $4, $5)`)
	qStops = area.Scoped(`SELECT ` + stopColumns + `, '', '' FROM session_loops l WHERE l.tenant_id = $1 AND l.session_id = $2 ORDER BY l.n DESC LIMIT $3`)
	// The newest stop of a session only: those before it have their answers.
	qReplyStop = area.Scoped(`UPDATE main.session_loops SET reply = $3, replied_by = $4, replied_by_name = $5, replied_at = $6 WHERE tenant_id = $1 AND session_id = $2
		AND reply = '' AND n = (SELECT max(n) FROM session_loops WHERE tenant_id = $1 AND session_id = $2)`)
	qTeamStops = area.Scoped(`SELECT ` + stopColumns + `, s.title, s.status FROM session_loops l JOIN sessions s ON s.tenant_id = l.tenant_id AND s.id = l.session_id
		WHERE l.tenant_id = $1 AND l.at > $2 AND l.reply <> '' AND l.session_id <> $3 AND s.deleted_at IS NULL ORDER BY l.at DESC, l.session_id LIMIT $4`)
)

// AddLoopStop stores that a session was stopped, with the evidence.
func (s Scope) AddLoopStop(ctx context.Context, id session.ID, attempt int, e loop.Evidence, at time.Time) error {
	b, err := json.Marshal(e)
	if err != nil {
		return dbkernel.Wrap("encode evidence", err)
	}
	_, err = s.Scope.Exec(ctx, qAddStop, id, dbkernel.Millis(at), attempt, string(b))
	return dbkernel.Wrap("store a stopped loop", err)
}

// LoopStops reads the times that a session was stopped, newest first.
func (s Scope) LoopStops(ctx context.Context, id session.ID, limit int) ([]loop.Stop, error) {
	return dbkernel.Collect(scanStop)(s.Scope.Query(ctx, qStops, id, limit))
}

// ReplyLoopStop stores what a person did about a session's newest stop. It changes nothing if that has an answer or there is none.
func (s Scope) ReplyLoopStop(ctx context.Context, id session.ID, r loop.Reply, by tenant.UserID, name string, at time.Time) error {
	_, err := s.Scope.Exec(ctx, qReplyStop, id, string(r), by, name, dbkernel.Millis(at))
	return dbkernel.Wrap("store the answer to a stopped loop", err)
}

// TeamLoopStops reads the answered stops of the team's other sessions since a time, newest first.
func (s Scope) TeamLoopStops(ctx context.Context, since time.Time, except session.ID, limit int) ([]loop.Stop, error) {
	return dbkernel.Collect(scanStop)(s.Scope.Query(ctx, qTeamStops, dbkernel.Millis(since), except, limit))
}

func scanStop(r dbkernel.Scanner) (x loop.Stop, err error) {
	var evidence string
	var replied dbkernel.NullTime
	if err := r.Scan(&x.Session, &x.N, dbkernel.TimeDest(&x.At), &x.Attempt, &evidence, &x.Reply, &x.RepliedBy, &x.Replier, &replied, &x.Title, &x.Status); err != nil {
		return x, err
	}
	x.RepliedAt = replied.Time
	return x, dbkernel.Wrap("read evidence", json.Unmarshal([]byte(evidence), &x.Evidence))
}
