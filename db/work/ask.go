package work

import (
	"context"
	"encoding/json"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const askColumns = `a.id, a.source_id, a.kind, a.permission, a.patterns, a.always, a.metadata, a.questions, a.attempt, a.asked_at,
	a.reply, a.message, a.replied_by, a.replied_at, a.delivered_at, a.gone, a.answers, a.session_id`

var (
	qAddAsk = area.Scoped(`INSERT INTO main.asks (tenant_id, id, session_id, source_id, kind, permission, patterns, always, metadata, questions, attempt, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (tenant_id, session_id, source_id) DO NOTHING`)
	qAsk         = area.Scoped(`SELECT ` + askColumns + ` FROM asks a WHERE a.tenant_id = $1 AND a.id = $2`)
	qSessionAsks = area.Scoped(`SELECT ` + askColumns + ` FROM asks a WHERE a.tenant_id = $1 AND a.session_id = $2 ORDER BY a.asked_at, a.id`)
	qOpenAsks    = area.Scoped(sessionLine + `, ` + askColumns + ` FROM asks a JOIN sessions s ON s.tenant_id = a.tenant_id AND s.id = a.session_id
		LEFT JOIN repositories r ON r.tenant_id = s.tenant_id AND r.id = s.repository_id
		LEFT JOIN outcomes o ON o.tenant_id = s.tenant_id AND o.session_id = s.id AND o.attempt = s.attempt
		LEFT JOIN agents g ON g.tenant_id = s.tenant_id AND g.id = s.agent_id
		WHERE a.tenant_id = $1 AND a.reply = '' AND a.gone = 0 AND s.deleted_at IS NULL AND s.status IN ('running', 'degraded', 'paused')
		ORDER BY a.asked_at, a.id LIMIT $2`)
	qPendingReplies = area.Scoped(`SELECT ` + askColumns + ` FROM asks a WHERE a.tenant_id = $1 AND a.session_id = $2 AND a.reply <> '' AND a.delivered_at IS NULL
		AND a.gone = 0 ORDER BY a.replied_at, a.id`)
	qReplyAsk = area.Scoped(`UPDATE main.asks SET reply = $3, message = $4, answers = $5, replied_by = $6, replied_at = $7
		WHERE tenant_id = $1 AND id = $2 AND reply = '' AND gone = 0`)
	qDelivered = area.Scoped(`UPDATE main.asks SET delivered_at = $3 WHERE tenant_id = $1 AND id = $2 AND delivered_at IS NULL`)
	qGoneAll   = area.Scoped(`UPDATE main.asks SET gone = 1 WHERE tenant_id = $1 AND session_id = $2 AND reply = '' AND gone = 0`)
	qGone      = area.Scoped(`UPDATE main.asks SET gone = 1 WHERE tenant_id = $1 AND session_id = $2 AND source_id = $3 AND reply = '' AND gone = 0`)
	// An approval comes before a question, in the alphabet as in urgency.
	qOpenCount = area.Scoped(`SELECT count(*), coalesce(min(kind), '') FROM asks WHERE tenant_id = $1 AND session_id = $2 AND reply = '' AND gone = 0`)
)

// AddAsk stores an approval or a question of the agent. added is false if one with its source id is stored.
func (s Scope) AddAsk(ctx context.Context, id session.ID, a session.Ask) (added bool, err error) {
	n, err := s.Scope.Exec(ctx, qAddAsk, a.ID, id, a.SourceID, a.Kind, a.Permission, dbkernel.ListText(a.Patterns), dbkernel.ListText(a.Always), string(a.Metadata), string(a.Questions),
		a.Attempt, dbkernel.Millis(a.AskedAt))
	return n == 1, dbkernel.Wrap("add ask", err)
}

// Ask reads one approval or question with the id of its session.
func (s Scope) Ask(ctx context.Context, askID string) (session.Ask, session.ID, error) {
	a, err := dbkernel.First("request", scanAsk)(s.Scope.Query(ctx, qAsk, askID))
	return a.ask, a.session, err
}

// SessionAsks reads all approvals and questions of a session, oldest first.
func (s Scope) SessionAsks(ctx context.Context, id session.ID) ([]session.Ask, error) {
	rows, err := dbkernel.Collect(scanAsk)(s.Scope.Query(ctx, qSessionAsks, id))
	if err != nil {
		return nil, dbkernel.Wrap("list a session's asks", err)
	}
	out := make([]session.Ask, len(rows))
	for i, r := range rows {
		out[i] = r.ask
	}
	return out, nil
}

// OpenAsks reads the approvals and questions that wait for a person, oldest first, with their sessions. Those of sessions that have
// ended are left out.
func (s Scope) OpenAsks(ctx context.Context, limit int) ([]session.OpenAsk, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (o session.OpenAsk, err error) {
		var v sessionRow
		var a askRow
		if err := r.Scan(append(v.dest(), a.dest()...)...); err != nil {
			return o, err
		}
		if o.Session, err = v.noun(); err != nil {
			return o, err
		}
		err = a.noun()
		o.Ask = a.ask
		return o, err
	})(s.Scope.Query(ctx, qOpenAsks, limit))
}

// Reply is the answer of a person, or of a grant, to an approval or a question.
type Reply struct {
	Reply   session.Reply
	Message string
	Answers json.RawMessage
	By      tenant.UserID
	At      time.Time
}

// ReplyAsk stores the answer to an open approval or question; Conflict if it was answered before or the agent no longer waits.
func (s Scope) ReplyAsk(ctx context.Context, askID string, r Reply) error {
	n, err := s.Scope.Exec(ctx, qReplyAsk, askID, r.Reply, r.Message, string(r.Answers), r.By, dbkernel.Millis(r.At))
	if err != nil || n == 1 {
		return dbkernel.Wrap("reply", err)
	}
	a, _, err := s.Ask(ctx, askID)
	switch {
	case err != nil:
		return err
	case a.Gone:
		return fault.New(fault.Conflict, "The agent is no longer waiting for this answer.")
	}
	return fault.New(fault.Conflict, "Somebody has already answered this.")
}

// PendingReplies reads the answers that the agent has not received yet, in the order in which they were stored.
func (s Scope) PendingReplies(ctx context.Context, id session.ID) ([]session.PendingReply, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (session.PendingReply, error) {
		a, err := scanAsk(r)
		return session.PendingReply{Ask: a.ask, Answers: json.RawMessage(a.answers)}, err
	})(s.Scope.Query(ctx, qPendingReplies, id))
}

// MarkDelivered stores that the agent received an answer.
func (s Scope) MarkDelivered(ctx context.Context, askID string, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qDelivered, askID, dbkernel.Millis(now))
	return dbkernel.Wrap("mark answer delivered", err)
}

// CloseAsks closes open approvals and questions that the agent no longer waits for, by source id or, for nil, all of the session. It
// returns how many it closed.
func (s Scope) CloseAsks(ctx context.Context, id session.ID, sourceIDs []string, _ time.Time) (n int64, err error) {
	if sourceIDs == nil {
		n, err = s.Scope.Exec(ctx, qGoneAll, id)
		return n, dbkernel.Wrap("close asks", err)
	}
	for _, source := range sourceIDs {
		k, err := s.Scope.Exec(ctx, qGone, id, source)
		if err != nil {
			return n, dbkernel.Wrap("close ask", err)
		}
		n += k
	}
	return n, nil
}

// OpenAskCount counts a session's open approvals and questions and returns the kind of the most urgent.
func (s Scope) OpenAskCount(ctx context.Context, id session.ID) (n int64, kind session.WaitingFor, err error) {
	_, _, err = dbkernel.Maybe(func(r dbkernel.Scanner) (struct{}, error) { return struct{}{}, r.Scan(&n, &kind) })(s.Scope.Query(ctx, qOpenCount, id))
	return n, kind, dbkernel.Wrap("count open asks", err)
}

// askRow is the row of an approval or a question, which noun completes.
type askRow struct {
	ask                                            session.Ask
	session                                        session.ID
	patterns, always, metadata, questions, answers string
	replied, delivered                             dbkernel.NullTime
}

func (r *askRow) dest() []any {
	a := &r.ask
	return []any{&a.ID, &a.SourceID, &a.Kind, &a.Permission, &r.patterns, &r.always, &r.metadata, &r.questions, &a.Attempt, dbkernel.TimeDest(&a.AskedAt),
		&a.Reply, &a.Message, &a.RepliedBy, &r.replied, &r.delivered, &a.Gone, &r.answers, &r.session}
}

func (r *askRow) noun() (err error) {
	a := &r.ask
	a.Metadata, a.Questions = json.RawMessage(r.metadata), json.RawMessage(r.questions)
	a.RepliedAt, a.DeliveredAt = r.replied.Time, r.delivered.Time
	if a.Patterns, err = dbkernel.ParseList(r.patterns); err != nil {
		return dbkernel.Wrap("patterns of ask "+a.ID, err)
	}
	a.Always, err = dbkernel.ParseList(r.always)
	return dbkernel.Wrap("always of ask "+a.ID, err)
}

func scanAsk(r dbkernel.Scanner) (row askRow, err error) {
	if err = r.Scan(row.dest()...); err == nil {
		err = row.noun()
	}
	return row, err
}
