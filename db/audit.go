package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/session"
	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
)

// Audit is one entry of a team's audit log: who did what to which object, by which credential.
type Audit struct {
	ID     string
	At     time.Time
	By     tenant.UserID
	ByName string
	Via    string
	Verb   string
	Object string
	Detail string
}

// SystemMove is the entry of a move that a loop made.
func SystemMove(v session.Session, to session.Status, why session.ReasonCode, at time.Time) Audit {
	detail := string(v.Status) + " → " + string(to)
	if why != "" {
		detail += ": " + string(why)
	}
	return Audit{ID: id.New(), At: at, ByName: "system", Via: "system", Verb: "move_session", Object: string(v.ID), Detail: detail}
}

var qWriteAudit = reg(`INSERT INTO main.audit (tenant_id, id, at, actor_id, actor_name, via, verb, object_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

// WriteAudit writes an entry in the transaction of the act it tells of.
func (s *Scope) WriteAudit(ctx context.Context, a Audit) error {
	_, err := s.exec(ctx, qWriteAudit, a.ID, ms(a.At), a.By, a.ByName, a.Via, a.Verb, a.Object, a.Detail)
	return wrap("write audit entry", err)
}

var qWriteAuditOf = across("an act of the operator, or of who is no member yet, is written down in each team it concerns",
	`INSERT INTO main.audit (tenant_id, id, at, actor_id, actor_name, via, verb, object_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

// WriteAudit writes an entry into a team's log in the transaction of the act it tells of.
func (s *System) WriteAudit(ctx context.Context, t tenant.ID, a Audit) error {
	_, err := s.exec(ctx, qWriteAuditOf, t, a.ID, ms(a.At), a.By, a.ByName, a.Via, a.Verb, a.Object, a.Detail)
	return wrap("write audit entry", err)
}
