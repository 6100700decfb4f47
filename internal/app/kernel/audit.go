package kernel

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Entry returns the audit entry of an action by an actor. Texts that people typed are cut, and credentials in them are removed.
func (a *Kernel) Entry(by tenant.Actor, verb, object, detail string) dbkernel.Audit {
	return dbkernel.Audit{ID: id.New(), At: a.Clock.Now(), By: by.User, ByName: by.Name, Via: by.Via, Verb: verb, Object: auditText(object), Detail: auditText(detail),
		Peer: by.Peer, Request: by.Request, Result: audit.OK}
}

// Audit writes an entry to the team's audit log in the transaction of the action.
func (a *Kernel) Audit(ctx context.Context, s *dbkernel.Scope, by tenant.Actor, verb, object, detail string) error {
	return s.WriteAudit(ctx, a.Entry(by, verb, object, detail))
}

// AuditChange is Audit for an action that replaced one value with another. Never pass it a secret.
func (a *Kernel) AuditChange(ctx context.Context, s *dbkernel.Scope, by tenant.Actor, verb, object, detail, before, after string) error {
	e := a.Entry(by, verb, object, detail)
	e.Before, e.After = auditText(before), auditText(after)
	return s.WriteAudit(ctx, e)
}

// AuditInstance writes an entry to the instance's audit log in the transaction of the action. The actor comes from the context.
func (a *Kernel) AuditInstance(ctx context.Context, s *dbkernel.System, verb, object, detail string) error {
	return s.WriteInstanceAudit(ctx, a.Entry(instanceActor(ctx), verb, object, detail))
}

// AuditPerson is AuditInstance for a person's action on their own account. The context may not have the person yet.
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

// auditSetting writes a setting's old and new value to the instance's audit log, without them if the setting is a secret.
func (a *Kernel) auditSetting(ctx context.Context, s *dbkernel.System, name, was, value string) error {
	e := a.Entry(instanceActor(ctx), "put_setting", name, "")
	if !secretName.MatchString(name) {
		e.Before, e.After = auditText(was), auditText(value)
	}
	return s.WriteInstanceAudit(ctx, e)
}

// SuffixIf returns suffix if has is true, else "". It builds details such as "local, with a key".
func SuffixIf(has bool, suffix string) string {
	if has {
		return suffix
	}
	return ""
}
