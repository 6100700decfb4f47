package kernel

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qWriteAudit    = area.Scoped(insertTeamAudit)
	qWriteAuditOf  = area.CrossTenant(reasonTeamAct, insertTeamAudit)
	qWriteInstance = area.CrossTenant(ReasonInstanceAudit, `INSERT INTO main.instance_audit (`+AuditColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`)
)

const (
	// AuditColumns are the columns that ScanAudit reads first; n and mac follow.
	AuditColumns    = `id, at, actor_id, actor_name, via, verb, object_id, detail, peer, request, result, was, became`
	insertTeamAudit = `INSERT INTO main.audit (tenant_id, ` + AuditColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	reasonTeamAct   = "an operator, or a person who is no member yet, acts on a team from outside it"
)

// Audit is one entry of an audit log.
type Audit = audit.Entry

// auditArgs are the values of AuditColumns. Peer and request come from the context if the entry has none. A person is stored by id
// only: a sealed entry cannot change, but a name must be erasable.
func auditArgs(ctx context.Context, a Audit) []any {
	if a.By != "" {
		a.ByName = ""
	}
	if a.Result == "" {
		a.Result = audit.OK
	}
	o, hasOrigin := tenant.OriginOf(ctx)
	switch {
	case a.Peer != "":
	case hasOrigin:
		a.Peer, a.Request = o.Peer, o.Request
	default:
		a.Peer = a.Via
	}
	return []any{a.ID, Millis(a.At), a.By, a.ByName, a.Via, a.Verb, a.Object, a.Detail, a.Peer, a.Request, a.Result, a.Before, a.After}
}

// WriteAudit writes an entry into the team's log, in the transaction of the change that it describes.
func (s *Scope) WriteAudit(ctx context.Context, a Audit) error {
	_, err := s.Exec(ctx, qWriteAudit, auditArgs(ctx, a)...)
	return Wrap("write audit entry", err)
}

// WriteAudit writes an entry into the log of a team, in the transaction of the change that it describes.
func (s *System) WriteAudit(ctx context.Context, t tenant.ID, a Audit) error {
	_, err := s.Exec(ctx, qWriteAuditOf, append([]any{t}, auditArgs(ctx, a)...)...)
	return Wrap("write audit entry", err)
}

// WriteInstanceAudit writes an entry about something outside of any team: sign-in, people, teams, settings.
func (s *System) WriteInstanceAudit(ctx context.Context, a Audit) error {
	_, err := s.Exec(ctx, qWriteInstance, auditArgs(ctx, a)...)
	return Wrap("write audit entry of the instance", err)
}

// ScanAudit reads an entry from AuditColumns, n and mac.
func ScanAudit(r Scanner) (a Audit, err error) {
	err = r.Scan(&a.ID, TimeDest(&a.At), &a.By, &a.ByName, &a.Via, &a.Verb, &a.Object, &a.Detail, &a.Peer, &a.Request, &a.Result, &a.Before, &a.After, &a.N, &a.Mac)
	return a, err
}
