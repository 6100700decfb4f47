package db

import (
	"context"
	"slices"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Audit is one entry of an audit log.
type Audit = audit.Entry

const (
	auditColumns = `id, at, actor_id, actor_name, via, verb, object_id, detail, peer, request, result, was, became`
	inTeamsLog   = `INSERT INTO main.audit (tenant_id, ` + auditColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	ofTeams      = "an act of the operator, or of who is no member yet, is written down in each team it concerns"
	ofInstance   = "what has no team is written down for the instance"
)

var (
	qWriteAudit    = reg(inTeamsLog)
	qWriteAuditOf  = across(ofTeams, inTeamsLog)
	qWriteInstance = across(ofInstance, `INSERT INTO main.instance_audit (`+auditColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`)

	qAudit         = reg(`SELECT ` + auditColumns + `, coalesce(n, 0), coalesce(mac, '') FROM audit WHERE tenant_id = $1`)
	qInstanceAudit = across(ofInstance, `SELECT `+auditColumns+`, coalesce(n, 0), coalesce(mac, '') FROM instance_audit WHERE id > $1`)

	qDeadToken = across(beforeTeam, `SELECT `+tokenColumns+` FROM api_tokens k WHERE k.hash = $1`)

	// Each step finds the next one in the index, so that a long log is as quick as a short one.
	qAuditVerbs = reg(`WITH RECURSIVE v (verb) AS (SELECT min(verb) FROM audit WHERE tenant_id = $1
		UNION ALL SELECT (SELECT min(a.verb) FROM audit a WHERE a.tenant_id = $1 AND a.verb > v.verb) FROM v WHERE v.verb IS NOT NULL)
		SELECT verb FROM v WHERE verb IS NOT NULL`)
	qAuditPeople = reg(`WITH RECURSIVE v (actor) AS (SELECT min(actor_id) FROM audit WHERE tenant_id = $1 AND actor_id > ''
		UNION ALL SELECT (SELECT min(a.actor_id) FROM audit a WHERE a.tenant_id = $1 AND a.actor_id > v.actor) FROM v WHERE v.actor IS NOT NULL)
		SELECT actor FROM v WHERE actor IS NOT NULL`)

	qInstanceVerbs = across(ofInstance, `WITH RECURSIVE v (verb) AS (SELECT min(verb) FROM instance_audit
		UNION ALL SELECT (SELECT min(a.verb) FROM instance_audit a WHERE a.verb > v.verb) FROM v WHERE v.verb IS NOT NULL)
		SELECT verb FROM v WHERE verb IS NOT NULL`)
	qInstancePeople = across(ofInstance, `WITH RECURSIVE v (actor) AS (SELECT min(actor_id) FROM instance_audit WHERE actor_id > ''
		UNION ALL SELECT (SELECT min(a.actor_id) FROM instance_audit a WHERE a.actor_id > v.actor) FROM v WHERE v.actor IS NOT NULL)
		SELECT actor FROM v WHERE actor IS NOT NULL`)

	pActor       = piece(`AND actor_id = ?`)
	pVerb        = piece(`AND verb = ?`)
	pObject      = piece(`AND object_id = ?`)
	pResult      = piece(`AND result = ?`)
	pSince       = piece(`AND at >= ?`)
	pUntil       = piece(`AND at < ?`)
	pAuditBefore = piece(`AND id < ?`)
	pAuditAfter  = piece(`AND id > ?`)
	pAuditNewest = piece(`ORDER BY id DESC LIMIT ?`)
	pAuditOldest = piece(`ORDER BY id LIMIT ?`)
)

// SystemMove is the entry of a move that a loop made.
func SystemMove(v session.Session, to session.Status, why session.ReasonCode, at time.Time) Audit {
	detail := string(v.Status) + " → " + string(to)
	if why != "" {
		detail += ": " + string(why)
	}
	return Audit{ID: id.New(), At: at, ByName: "system", Via: "system", Peer: "system", Verb: "move_session", Object: string(v.ID), Detail: detail,
		Before: string(v.Status), After: string(to)}
}

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
	return []any{a.ID, ms(a.At), a.By, a.ByName, a.Via, a.Verb, a.Object, a.Detail, a.Peer, a.Request, a.Result, a.Before, a.After}
}

// WriteAudit writes an entry in the transaction of the act it tells of.
func (s *Scope) WriteAudit(ctx context.Context, a Audit) error {
	_, err := s.exec(ctx, qWriteAudit, auditArgs(ctx, a)...)
	return wrap("write audit entry", err)
}

// WriteAudit writes an entry into a team's log in the transaction of the act it tells of.
func (s *System) WriteAudit(ctx context.Context, t tenant.ID, a Audit) error {
	_, err := s.exec(ctx, qWriteAuditOf, append([]any{t}, auditArgs(ctx, a)...)...)
	return wrap("write audit entry", err)
}

// WriteInstanceAudit writes an entry of an act that has no team: signing in, people, teams, settings.
func (s *System) WriteInstanceAudit(ctx context.Context, a Audit) error {
	_, err := s.exec(ctx, qWriteInstance, auditArgs(ctx, a)...)
	return wrap("write audit entry of the instance", err)
}

// Audit reads one page of the team's audit log, newest first.
func (s *Scope) Audit(ctx context.Context, f audit.Filter) (audit.Page, error) {
	q := auditFilter(qAudit.with(), f)
	return auditPage(f)(s.find(ctx, q))
}

// AuditVerbs lists the verbs that stand in the team's log, by name.
func (s *Scope) AuditVerbs(ctx context.Context) ([]string, error) {
	vs, err := collect(value[string])(s.query(ctx, qAuditVerbs))
	return vs, wrap("list audit verbs", err)
}

// AuditPeople lists the people who stand in the team's log; System.Names knows what they are called.
func (s *Scope) AuditPeople(ctx context.Context) ([]tenant.UserID, error) {
	ps, err := collect(value[tenant.UserID])(s.query(ctx, qAuditPeople))
	return ps, wrap("list people of the audit log", err)
}

// InstanceAuditChoices lists the verbs and the people that stand in the instance's log.
func (s *System) InstanceAuditChoices(ctx context.Context) (verbs []string, people []tenant.UserID, err error) {
	if verbs, err = collect(value[string])(s.query(ctx, qInstanceVerbs)); err != nil {
		return nil, nil, wrap("list audit verbs", err)
	}
	people, err = collect(value[tenant.UserID])(s.query(ctx, qInstancePeople))
	return verbs, people, wrap("list people of the audit log", err)
}

// InstanceAudit reads one page of the instance's audit log, newest first.
func (s *System) InstanceAudit(ctx context.Context, f audit.Filter) (audit.Page, error) {
	q := auditFilter(qInstanceAudit.with(), f)
	return auditPage(f)(s.find(ctx, q, ""))
}

// DeadToken reads whose token a hash is of, whether or not it still works; known is false when it never was one.
func (s *System) DeadToken(ctx context.Context, hash string) (t apitoken.Token, known bool, err error) {
	t, known, err = maybe(scanToken)(s.query(ctx, qDeadToken, hash))
	return t, known, wrap("read a refused token", err)
}

func auditFilter(q *filter, f audit.Filter) *filter {
	for _, c := range []struct {
		p part
		v string
	}{{pActor, string(f.By)}, {pVerb, f.Verb}, {pObject, f.Object}, {pResult, string(f.Result)}, {pAuditBefore, f.Before}, {pAuditAfter, f.After}} {
		if c.v != "" {
			q.and(c.p, c.v)
		}
	}
	if !f.Since.IsZero() {
		q.and(pSince, ms(f.Since))
	}
	if !f.Until.IsZero() {
		q.and(pUntil, ms(f.Until))
	}
	order := pAuditNewest
	if f.After != "" {
		order = pAuditOldest
	}
	return q.and(order, f.Rows()+1)
}

// auditPage makes a reader of a page: what came in the order of the query is given newest first.
func auditPage(f audit.Filter) func(*rows, error) (audit.Page, error) {
	return func(r *rows, err error) (p audit.Page, _ error) {
		p.Items, err = collect(scanAudit)(r, err)
		if p.More = len(p.Items) > f.Rows(); p.More {
			p.Items = p.Items[:f.Rows()]
		}
		if f.After != "" {
			slices.Reverse(p.Items)
		}
		return p, wrap("read audit log", err)
	}
}

func scanAudit(r scanner) (a Audit, err error) {
	err = r.Scan(&a.ID, stamp(&a.At), &a.By, &a.ByName, &a.Via, &a.Verb, &a.Object, &a.Detail, &a.Peer, &a.Request, &a.Result, &a.Before, &a.After, &a.N, &a.Mac)
	return a, err
}
