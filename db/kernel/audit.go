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
	AuditColumns        = `id, at, actor_id, actor_name, via, verb, object_id, detail, peer, request, result, was, became`
	insertTeamAudit     = `INSERT INTO main.audit (tenant_id, ` + AuditColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	reasonTeamAct       = "an act of the operator, or of who is no member yet, is written down in each team it concerns"
	ReasonInstanceAudit = "what has no team is written down for the instance"
)

// Audit is one entry of an audit log.
type Audit = audit.Entry

// auditArgs are the columns of an entry; one that does not say where it comes from takes that from the context. A person is an id
// there: an entry is sealed as it is, and a name must be able to go.
func auditArgs(ctx context.Context, a Audit) []any {
	if a.By != "" {
		a.ByName = ""
	}
	if a.Result == "" {
		a.Result = audit.OK
	}
	o, known := tenant.OriginOf(ctx)
	switch {
	case a.Peer != "":
	case known:
		a.Peer, a.Request = o.Peer, o.Request
	default:
		a.Peer = a.Via
	}
	return []any{a.ID, Millis(a.At), a.By, a.ByName, a.Via, a.Verb, a.Object, a.Detail, a.Peer, a.Request, a.Result, a.Before, a.After}
}

// WriteAudit writes an entry in the transaction of the act it tells of.
func (s *Scope) WriteAudit(ctx context.Context, a Audit) error {
	_, err := s.Exec(ctx, qWriteAudit, auditArgs(ctx, a)...)
	return Wrap("write audit entry", err)
}

// WriteAudit writes an entry into a team's log in the transaction of the act it tells of.
func (s *System) WriteAudit(ctx context.Context, t tenant.ID, a Audit) error {
	_, err := s.Exec(ctx, qWriteAuditOf, append([]any{t}, auditArgs(ctx, a)...)...)
	return Wrap("write audit entry", err)
}

// WriteInstanceAudit writes an entry of an act that has no team: signing in, people, teams, settings.
func (s *System) WriteInstanceAudit(ctx context.Context, a Audit) error {
	_, err := s.Exec(ctx, qWriteInstance, auditArgs(ctx, a)...)
	return Wrap("write audit entry of the instance", err)
}

func ScanAudit(r Scanner) (a Audit, err error) {
	err = r.Scan(&a.ID, TimeDest(&a.At), &a.By, &a.ByName, &a.Via, &a.Verb, &a.Object, &a.Detail, &a.Peer, &a.Request, &a.Result, &a.Before, &a.After, &a.N, &a.Mac)
	return a, err
}
