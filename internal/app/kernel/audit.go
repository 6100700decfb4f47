package kernel

import (
	"context"
	"regexp"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// MaxAuditText bounds each text of an entry, in bytes: an audit log tells what was done, it does not keep what was said.
const MaxAuditText = 500

// Entry is what by did, as the audit log has it. What people typed is cut and freed of what looks like a credential.
func (a *Kernel) Entry(by tenant.Actor, verb, object, detail string) dbkernel.Audit {
	return dbkernel.Audit{ID: id.New(), At: a.Clock.Now(), By: by.User, ByName: by.Name, Via: by.Via, Verb: verb, Object: told(object), Detail: told(detail),
		Peer: by.Peer, Request: by.Request, Result: audit.OK}
}

// told is a text as the audit log may hold it.
func told(s string) string {
	if secret.Sealed(s) {
		return "[secret removed]"
	}
	return text.Cut(text.Clean(SecretShapes.ReplaceAllString(s, "[secret removed]")), MaxAuditText)
}

// Audit writes who did what in the transaction of the act.
func (a *Kernel) Audit(ctx context.Context, s *dbkernel.Scope, by tenant.Actor, verb, object, detail string) error {
	return s.WriteAudit(ctx, a.Entry(by, verb, object, detail))
}

// AuditChange is audit of an act that put after in place of before; never of a secret.
func (a *Kernel) AuditChange(ctx context.Context, s *dbkernel.Scope, by tenant.Actor, verb, object, detail, before, after string) error {
	e := a.Entry(by, verb, object, detail)
	e.Before, e.After = told(before), told(after)
	return s.WriteAudit(ctx, e)
}

// AuditInstance writes down, in the transaction of the act, what has no team. Who did it is whom the context says.
func (a *Kernel) AuditInstance(ctx context.Context, s *dbkernel.System, verb, object, detail string) error {
	return s.WriteInstanceAudit(ctx, a.Entry(instanceActor(ctx), verb, object, detail))
}

// AuditPerson is auditInstance of what a person did about oneself, who may not be known to the context yet.
func (a *Kernel) AuditPerson(ctx context.Context, s *dbkernel.System, u user.User, verb, object, detail string) error {
	by := instanceActor(ctx)
	if by.User == "" && by.Via != "command" {
		by.User, by.Name = u.ID, u.Name
	}
	if by.Via == "" {
		by.Via = "login"
	}
	return s.WriteInstanceAudit(ctx, a.Entry(by, verb, object, detail))
}

// instanceActor is who acts outside of every team, from the context; the system where nobody asked.
func instanceActor(ctx context.Context) tenant.Actor {
	o, ok := tenant.OriginOf(ctx)
	if !ok {
		return tenant.Actor{Name: "system", Via: "system", Peer: "system"}
	}
	return tenant.Actor{User: o.User, Name: o.Name, Via: o.Via, Peer: o.Peer, Request: o.Request}
}

// From gives by the address and request of the context.
func From(ctx context.Context, by tenant.Actor) tenant.Actor {
	if o, ok := tenant.OriginOf(ctx); ok {
		by.Peer, by.Request = o.Peer, o.Request
	}
	return by
}

// auditSetting tells what a setting was and became, unless its name or form says that it is a secret.
func (a *Kernel) auditSetting(ctx context.Context, s *dbkernel.System, name, was, value string) error {
	e := a.Entry(instanceActor(ctx), "put_setting", name, "")
	if !secretName.MatchString(name) {
		e.Before, e.After = told(was), told(value)
	}
	return s.WriteInstanceAudit(ctx, e)
}

// secretName is what settings are called whose value is nobody's to read.
var secretName = regexp.MustCompile(`(?i)secret|passw|token|key|credential`)

func WithSecret(has bool, words string) string {
	if has {
		return words
	}
	return ""
}

// SecretShapes are credentials that agents read by accident; they are not kept in stored conversations.
var SecretShapes = regexp.MustCompile(`(sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,}|orc_[A-Za-z0-9_-]{40,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----)`)
