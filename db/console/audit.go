package console

import (
	"context"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qAudit         = area.Scoped(`SELECT ` + dbkernel.AuditColumns + `, coalesce(n, 0), coalesce(mac, '') FROM audit WHERE tenant_id = $1`)
	qInstanceAudit = area.CrossTenant(dbkernel.ReasonInstanceAudit, `SELECT `+dbkernel.AuditColumns+`, coalesce(n, 0), coalesce(mac, '') FROM instance_audit WHERE id > $1`)

	// Each step finds the next value in the index, so that the length of the log does not matter.
	qAuditVerbs = area.Scoped(`WITH RECURSIVE v (verb) AS (SELECT min(verb) FROM audit WHERE tenant_id = $1
		UNION ALL SELECT (SELECT min(a.verb) FROM audit a WHERE a.tenant_id = $1 AND a.verb > v.verb) FROM v WHERE v.verb IS NOT NULL)
		SELECT verb FROM v WHERE verb IS NOT NULL`)
	qAuditPeople = area.Scoped(`WITH RECURSIVE v (actor) AS (SELECT min(actor_id) FROM audit WHERE tenant_id = $1 AND actor_id > ''
		UNION ALL SELECT (SELECT min(a.actor_id) FROM audit a WHERE a.tenant_id = $1 AND a.actor_id > v.actor) FROM v WHERE v.actor IS NOT NULL)
		SELECT actor FROM v WHERE actor IS NOT NULL`)

	qInstanceVerbs = area.CrossTenant(dbkernel.ReasonInstanceAudit, `WITH RECURSIVE v (verb) AS (SELECT min(verb) FROM instance_audit
		UNION ALL SELECT (SELECT min(a.verb) FROM instance_audit a WHERE a.verb > v.verb) FROM v WHERE v.verb IS NOT NULL)
		SELECT verb FROM v WHERE verb IS NOT NULL`)
	qInstancePeople = area.CrossTenant(dbkernel.ReasonInstanceAudit, `WITH RECURSIVE v (actor) AS (SELECT min(actor_id) FROM instance_audit WHERE actor_id > ''
		UNION ALL SELECT (SELECT min(a.actor_id) FROM instance_audit a WHERE a.actor_id > v.actor) FROM v WHERE v.actor IS NOT NULL)
		SELECT actor FROM v WHERE actor IS NOT NULL`)

	pActor       = area.Clause(`AND actor_id = ?`)
	pVerb        = area.Clause(`AND verb = ?`)
	pObject      = area.Clause(`AND object_id = ?`)
	pResult      = area.Clause(`AND result = ?`)
	pSince       = area.Clause(`AND at >= ?`)
	pUntil       = area.Clause(`AND at < ?`)
	pAuditBefore = area.Clause(`AND id < ?`)
	pAuditAfter  = area.Clause(`AND id > ?`)
	pAuditNewest = area.Clause(`ORDER BY id DESC LIMIT ?`)
	pAuditOldest = area.Clause(`ORDER BY id LIMIT ?`)
)

// Audit reads one page of the team's audit log, newest first.
func (s Scope) Audit(ctx context.Context, f audit.Filter) (audit.Page, error) {
	q := auditFilter(qAudit.With(), f)
	return auditPage(f)(s.Scope.Find(ctx, q))
}

// AuditVerbs lists the verbs in the team's log, by name.
func (s Scope) AuditVerbs(ctx context.Context) ([]string, error) {
	vs, err := dbkernel.Collect(dbkernel.Value[string])(s.Scope.Query(ctx, qAuditVerbs))
	return vs, dbkernel.Wrap("list audit verbs", err)
}

// AuditPeople lists the ids of the people in the team's log. Names of people.System reads their names.
func (s Scope) AuditPeople(ctx context.Context) ([]tenant.UserID, error) {
	ps, err := dbkernel.Collect(dbkernel.Value[tenant.UserID])(s.Scope.Query(ctx, qAuditPeople))
	return ps, dbkernel.Wrap("list people of the audit log", err)
}

// InstanceAuditChoices lists the verbs and the ids of the people in the instance's log.
func (s System) InstanceAuditChoices(ctx context.Context) (verbs []string, people []tenant.UserID, err error) {
	if verbs, err = dbkernel.Collect(dbkernel.Value[string])(s.System.Query(ctx, qInstanceVerbs)); err != nil {
		return nil, nil, dbkernel.Wrap("list audit verbs", err)
	}
	people, err = dbkernel.Collect(dbkernel.Value[tenant.UserID])(s.System.Query(ctx, qInstancePeople))
	return verbs, people, dbkernel.Wrap("list people of the audit log", err)
}

// InstanceAudit reads one page of the instance's audit log, newest first.
func (s System) InstanceAudit(ctx context.Context, f audit.Filter) (audit.Page, error) {
	q := auditFilter(qInstanceAudit.With(), f)
	return auditPage(f)(s.System.Find(ctx, q, ""))
}

func auditFilter(q *dbkernel.Filter, f audit.Filter) *dbkernel.Filter {
	for _, c := range []struct {
		p dbkernel.Clause
		v string
	}{{pActor, string(f.By)}, {pVerb, f.Verb}, {pObject, f.Object}, {pResult, string(f.Result)}, {pAuditBefore, f.Before}, {pAuditAfter, f.After}} {
		if c.v != "" {
			q.And(c.p, c.v)
		}
	}
	if !f.Since.IsZero() {
		q.And(pSince, dbkernel.Millis(f.Since))
	}
	if !f.Until.IsZero() {
		q.And(pUntil, dbkernel.Millis(f.Until))
	}
	order := pAuditNewest
	if f.After != "" {
		order = pAuditOldest
	}
	return q.And(order, f.Rows()+1)
}

// auditPage returns a function that reads a page and orders it newest first.
func auditPage(f audit.Filter) func(*dbkernel.Rows, error) (audit.Page, error) {
	return func(r *dbkernel.Rows, err error) (p audit.Page, _ error) {
		p.Items, err = dbkernel.Collect(dbkernel.ScanAudit)(r, err)
		if p.More = len(p.Items) > f.Rows(); p.More {
			p.Items = p.Items[:f.Rows()]
		}
		if f.After != "" {
			slices.Reverse(p.Items)
		}
		return p, dbkernel.Wrap("read audit log", err)
	}
}
