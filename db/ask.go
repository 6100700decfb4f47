package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const askColumns = `a.id, a.source_id, a.kind, a.permission, a.patterns, a.always, a.metadata, a.questions, a.attempt, a.asked_at,
	a.reply, a.message, a.replied_by, a.replied_at, a.delivered_at, a.gone, a.answers, a.session_id`

var (
	qAddAsk = reg(`INSERT INTO main.asks (tenant_id, id, session_id, source_id, kind, permission, patterns, always, metadata, questions, attempt, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (tenant_id, session_id, source_id) DO NOTHING`)
	qAsk         = reg(`SELECT ` + askColumns + ` FROM asks a WHERE a.tenant_id = $1 AND a.id = $2`)
	qSessionAsks = reg(`SELECT ` + askColumns + ` FROM asks a WHERE a.tenant_id = $1 AND a.session_id = $2 ORDER BY a.asked_at, a.id`)
	qOpenAsks    = reg(sessionLine + `, ` + askColumns + ` FROM asks a JOIN sessions s ON s.tenant_id = a.tenant_id AND s.id = a.session_id
		LEFT JOIN repositories r ON r.tenant_id = s.tenant_id AND r.id = s.repository_id
		WHERE a.tenant_id = $1 AND a.reply = '' AND a.gone = 0 AND s.deleted_at IS NULL AND s.status IN ('running', 'degraded', 'paused')
		ORDER BY a.asked_at, a.id LIMIT $2`)
	qPendingReplies = reg(`SELECT ` + askColumns + ` FROM asks a WHERE a.tenant_id = $1 AND a.session_id = $2 AND a.reply <> '' AND a.delivered_at IS NULL
		AND a.gone = 0 ORDER BY a.replied_at, a.id`)
	qReplyAsk = reg(`UPDATE main.asks SET reply = $3, message = $4, answers = $5, replied_by = $6, replied_at = $7
		WHERE tenant_id = $1 AND id = $2 AND reply = '' AND gone = 0`)
	qDelivered = reg(`UPDATE main.asks SET delivered_at = $3 WHERE tenant_id = $1 AND id = $2 AND delivered_at IS NULL`)
	qGoneAll   = reg(`UPDATE main.asks SET gone = 1 WHERE tenant_id = $1 AND session_id = $2 AND reply = '' AND gone = 0`)
	qGone      = reg(`UPDATE main.asks SET gone = 1 WHERE tenant_id = $1 AND session_id = $2 AND source_id = $3 AND reply = '' AND gone = 0`)
	// An approval comes before a question, in the alphabet as in urgency.
	qOpenCount = reg(`SELECT count(*), coalesce(min(kind), '') FROM asks WHERE tenant_id = $1 AND session_id = $2 AND reply = '' AND gone = 0`)
)

// AddAsk stores what the agent asks, once per source id; added is false when it was there.
func (s *Scope) AddAsk(ctx context.Context, id session.ID, a session.Ask) (added bool, err error) {
	n, err := s.exec(ctx, qAddAsk, a.ID, id, a.SourceID, a.Kind, a.Permission, list(a.Patterns), list(a.Always), string(a.Metadata), string(a.Questions),
		a.Attempt, ms(a.AskedAt))
	return n == 1, wrap("add ask", err)
}

// Ask reads one ask with the session it belongs to.
func (s *Scope) Ask(ctx context.Context, askID string) (session.Ask, session.ID, error) {
	a, err := first("request", scanAsk)(s.query(ctx, qAsk, askID))
	return a.ask, a.session, err
}

// SessionAsks reads everything a session asked, oldest first.
func (s *Scope) SessionAsks(ctx context.Context, id session.ID) ([]session.Ask, error) {
	rows, err := collect(scanAsk)(s.query(ctx, qSessionAsks, id))
	if err != nil {
		return nil, wrap("list a session's asks", err)
	}
	out := make([]session.Ask, len(rows))
	for i, r := range rows {
		out[i] = r.ask
	}
	return out, nil
}

// OpenAsks reads the asks that wait for a person, oldest first, with their sessions; those of ended sessions do not wait.
func (s *Scope) OpenAsks(ctx context.Context, limit int) ([]session.OpenAsk, error) {
	return collect(func(r scanner) (o session.OpenAsk, err error) {
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
	})(s.query(ctx, qOpenAsks, limit))
}

// Reply is what a person, or a rule a person made, answers to an ask.
type Reply struct {
	Reply   session.Reply
	Message string
	Answers json.RawMessage
	By      tenant.UserID
	At      time.Time
}

// ReplyAsk stores the answer to an ask that is still open; Conflict when somebody was first or nobody asks any more.
func (s *Scope) ReplyAsk(ctx context.Context, askID string, r Reply) error {
	n, err := s.exec(ctx, qReplyAsk, askID, r.Reply, r.Message, string(r.Answers), r.By, ms(r.At))
	if err != nil || n == 1 {
		return wrap("reply", err)
	}
	a, _, err := s.Ask(ctx, askID)
	switch {
	case err != nil:
		return err
	case a.Gone:
		return fault.New(fault.Conflict, "The agent no longer asks this.")
	}
	return fault.New(fault.Conflict, "Somebody answered this already.")
}

// PendingReplies reads the answers that the agent has not taken yet, in the order they were given.
func (s *Scope) PendingReplies(ctx context.Context, id session.ID) ([]session.PendingReply, error) {
	return collect(func(r scanner) (session.PendingReply, error) {
		a, err := scanAsk(r)
		return session.PendingReply{Ask: a.ask, Answers: json.RawMessage(a.answers)}, err
	})(s.query(ctx, qPendingReplies, id))
}

// MarkDelivered notes that the agent took the answer to an ask.
func (s *Scope) MarkDelivered(ctx context.Context, askID string, now time.Time) error {
	_, err := s.exec(ctx, qDelivered, askID, ms(now))
	return wrap("mark answer delivered", err)
}

// GoneAsks closes open asks that the agent no longer waits for, by their source ids or all of them for nil; it says how many.
func (s *Scope) GoneAsks(ctx context.Context, id session.ID, sourceIDs []string, _ time.Time) (n int64, err error) {
	if sourceIDs == nil {
		n, err = s.exec(ctx, qGoneAll, id)
		return n, wrap("close asks", err)
	}
	for _, source := range sourceIDs {
		k, err := s.exec(ctx, qGone, id, source)
		if err != nil {
			return n, wrap("close ask", err)
		}
		n += k
	}
	return n, nil
}

// OpenAskCount counts a session's open asks and says what the most urgent is.
func (s *Scope) OpenAskCount(ctx context.Context, id session.ID) (n int64, kind session.WaitingFor, err error) {
	_, _, err = maybe(func(r scanner) (struct{}, error) { return struct{}{}, r.Scan(&n, &kind) })(s.query(ctx, qOpenCount, id))
	return n, kind, wrap("count open asks", err)
}

// askRow is an ask's row on its way to the noun.
type askRow struct {
	ask                                            session.Ask
	session                                        session.ID
	patterns, always, metadata, questions, answers string
	replied, delivered                             nullTime
}

func (r *askRow) dest() []any {
	a := &r.ask
	return []any{&a.ID, &a.SourceID, &a.Kind, &a.Permission, &r.patterns, &r.always, &r.metadata, &r.questions, &a.Attempt, stamp(&a.AskedAt),
		&a.Reply, &a.Message, &a.RepliedBy, &r.replied, &r.delivered, &a.Gone, &r.answers, &r.session}
}

func (r *askRow) noun() (err error) {
	a := &r.ask
	a.Metadata, a.Questions = json.RawMessage(r.metadata), json.RawMessage(r.questions)
	a.RepliedAt, a.DeliveredAt = r.replied.time, r.delivered.time
	if a.Patterns, err = unlist(r.patterns); err != nil {
		return wrap("patterns of ask "+a.ID, err)
	}
	a.Always, err = unlist(r.always)
	return wrap("always of ask "+a.ID, err)
}

func scanAsk(r scanner) (row askRow, err error) {
	if err = r.Scan(row.dest()...); err == nil {
		err = row.noun()
	}
	return row, err
}
