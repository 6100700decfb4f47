package app

import (
	"context"
	"regexp"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// maxAuditText bounds each text of an entry, in bytes: an audit log tells what was done, it does not keep what was said.
const maxAuditText = 500

// entry is what by did, as the audit log has it. What people typed is cut and freed of what looks like a credential.
func (a *App) entry(by tenant.Actor, verb, object, detail string) dbkernel.Audit {
	return dbkernel.Audit{ID: id.New(), At: a.clock.Now(), By: by.User, ByName: by.Name, Via: by.Via, Verb: verb, Object: told(object), Detail: told(detail),
		Peer: by.Peer, Request: by.Request, Result: audit.OK}
}

// told is a text as the audit log may hold it.
func told(s string) string {
	if secret.Sealed(s) {
		return "[secret removed]"
	}
	return text.Cut(text.Clean(secretShapes.ReplaceAllString(s, "[secret removed]")), maxAuditText)
}

// audit writes who did what in the transaction of the act.
func (a *App) audit(ctx context.Context, s *dbkernel.Scope, by tenant.Actor, verb, object, detail string) error {
	return s.WriteAudit(ctx, a.entry(by, verb, object, detail))
}

// auditChange is audit of an act that put after in place of before; never of a secret.
func (a *App) auditChange(ctx context.Context, s *dbkernel.Scope, by tenant.Actor, verb, object, detail, before, after string) error {
	e := a.entry(by, verb, object, detail)
	e.Before, e.After = told(before), told(after)
	return s.WriteAudit(ctx, e)
}

// auditInstance writes down, in the transaction of the act, what has no team. Who did it is whom the context says.
func (a *App) auditInstance(ctx context.Context, s *dbkernel.System, verb, object, detail string) error {
	return s.WriteInstanceAudit(ctx, a.entry(instanceActor(ctx), verb, object, detail))
}

// auditPerson is auditInstance of what a person did about oneself, who may not be known to the context yet.
func (a *App) auditPerson(ctx context.Context, s *dbkernel.System, u user.User, verb, object, detail string) error {
	by := instanceActor(ctx)
	if by.User == "" && by.Via != "command" {
		by.User, by.Name = u.ID, u.Name
	}
	if by.Via == "" {
		by.Via = "login"
	}
	return s.WriteInstanceAudit(ctx, a.entry(by, verb, object, detail))
}

// instanceActor is who acts outside of every team, from the context; the system where nobody asked.
func instanceActor(ctx context.Context) tenant.Actor {
	o, ok := tenant.OriginOf(ctx)
	if !ok {
		return tenant.Actor{Name: "system", Via: "system", Peer: "system"}
	}
	return tenant.Actor{User: o.User, Name: o.Name, Via: o.Via, Peer: o.Peer, Request: o.Request}
}

// from gives by the address and request of the context.
func from(ctx context.Context, by tenant.Actor) tenant.Actor {
	if o, ok := tenant.OriginOf(ctx); ok {
		by.Peer, by.Request = o.Peer, o.Request
	}
	return by
}

// auditSetting tells what a setting was and became, unless its name or form says that it is a secret.
func (a *App) auditSetting(ctx context.Context, s *dbkernel.System, name, was, value string) error {
	e := a.entry(instanceActor(ctx), "put_setting", name, "")
	if !secretName.MatchString(name) {
		e.Before, e.After = told(was), told(value)
	}
	return s.WriteInstanceAudit(ctx, e)
}

// secretName is what settings are called whose value is nobody's to read.
var secretName = regexp.MustCompile(`(?i)secret|passw|token|key|credential`)

func withSecret(has bool, words string) string {
	if has {
		return words
	}
	return ""
}

// tokenRefused writes down that a token was sent that is not valid: in its team's log where it ever was one.
func (a *App) tokenRefused(ctx context.Context, text string) {
	var t apitoken.Token
	var known bool
	err := a.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		t, known, err = dbpeople.Across(s).DeadToken(ctx, apitoken.Hash(text))
		return err
	})
	if err != nil {
		a.log.Error("look for a refused token", "error", err)
	}
	by := tenant.Actor{Name: "nobody", Via: "token"}
	if known {
		by = tenant.Actor{Tenant: t.Tenant, User: t.User, Via: "token:" + t.ID}
	}
	a.Refused(ctx, by, "use_token", t.ID, "This API token is unknown, expired or revoked.")
}
