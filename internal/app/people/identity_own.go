package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// IdentityOf reads a person's account at the provider; found is false where there is none, or no provider.
func (a *Verbs) IdentityOf(ctx context.Context, u tenant.UserID) (d user.Identity, found bool, err error) {
	if a.opts.OIDC == nil {
		return d, false, nil
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		d, found, err = dbpeople.Across(s).Identity(ctx, u, a.opts.OIDC.Issuer)
		return err
	})
	return d, found, err
}

// LinkIdentity ends a flow that a signed-in person began to link the account at the provider. The flow must be that person's.
func (a *Verbs) LinkIdentity(ctx context.Context, u user.User, f Flow, r Returned) error {
	o, err := a.provider()
	if err != nil {
		return err
	}
	if f.Link == "" || f.Link != u.ID {
		return fault.New(fault.Unauthenticated, "Somebody else began to link an account in this browser. Begin again.")
	}
	p, err := a.prove(ctx, o, f, r)
	if err != nil {
		return err
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).AddIdentity(ctx, a.identity(u.ID, p)); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "link_identity", string(u.ID), "by the person: "+p.Subject)
	})
}

// MayUnlink says why a person may not part from the account at the provider; nil where the person may.
func (a *Verbs) MayUnlink(u user.User) error {
	switch {
	case a.Enforced():
		return fault.New(fault.Forbidden, "People sign in with %s only, so it stays linked.", a.opts.OIDC.Label)
	case u.PasswordHash == "":
		return fault.New(fault.Conflict, "It is your only way in: there is no password. The operator can make a link that sets one.")
	}
	return nil
}

// UnlinkIdentity parts a person from the account at the provider and ends every other login of the person. It never takes the
// only way in.
func (a *Verbs) UnlinkIdentity(ctx context.Context, u user.User, keepLogin string) error {
	o, err := a.provider()
	if err != nil {
		return err
	}
	if err := a.MayUnlink(u); err != nil {
		return err
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		s.AfterCommit(func() { a.ringPerson(u.ID) })
		if err := dbpeople.Across(s).DropIdentity(ctx, u.ID, o.Issuer); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DeleteLogins(ctx, u.ID, keepLogin); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "unlink_identity", string(u.ID), "every other login ended")
	})
}

// ProviderEnd is where a browser ends its session at the provider after a login made there; empty where there is nothing to end.
func (a *Verbs) ProviderEnd(ctx context.Context, l user.Login, back string) string {
	if a.opts.OIDC == nil || l.Via != user.ByProvider {
		return ""
	}
	return a.opts.OIDC.Provider.EndURL(ctx, back)
}
