package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// IdentityOf returns a person's linked identity; found is false if there is none or no provider.
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

// LinkIdentity completes a flow that links an identity to a signed-in person. The flow must be that person's own.
func (a *Verbs) LinkIdentity(ctx context.Context, u user.User, f Flow, r ProviderReturn) error {
	o, err := a.provider()
	if err != nil {
		return err
	}
	if f.Link == "" || f.Link != u.ID {
		return fault.New(fault.Unauthenticated, "Another user started linking an account in this browser. Start again.")
	}
	p, err := a.verifyReturn(ctx, o, f, r)
	if err != nil {
		return err
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).AddIdentity(ctx, a.makeIdentity(u.ID, p)); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "link_identity", string(u.ID), "by the person: "+p.Subject)
	})
}

// MayUnlink returns nil if a person may unlink the identity, or a fault with the reason.
func (a *Verbs) MayUnlink(u user.User) error {
	switch {
	case a.Enforced():
		return fault.New(fault.Forbidden, "%s is the only way to sign in here, so it cannot be unlinked.", a.opts.OIDC.Label)
	case u.PasswordHash == "":
		return fault.New(fault.Conflict, "You have no password, so this is your only way to sign in. An admin can create a link that you can use to set a password.")
	}
	return nil
}

// UnlinkIdentity removes a person's identity and ends the person's other logins. It refuses to remove the only way to sign in.
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
		return a.k.AuditPerson(ctx, s, u, "unlink_identity", string(u.ID), "signed out all other browsers")
	})
}

// ProviderEnd returns the URL at which a browser signs out of the provider, or "" if the login was not made there.
func (a *Verbs) ProviderEnd(ctx context.Context, l user.Login, back string) string {
	if a.opts.OIDC == nil || l.Via != user.ByProvider {
		return ""
	}
	return a.opts.OIDC.Provider.EndURL(ctx, back)
}
