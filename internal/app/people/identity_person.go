package people

import (
	"context"
	"errors"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// findOrCreatePerson returns the person of an identity: by its subject, else by its verified e-mail address if the operator allows
// that, else a new person if one may be created.
func (a *Verbs) findOrCreatePerson(ctx context.Context, s *dbkernel.System, o *OIDC, p user.Proof) (user.User, error) {
	u, err := dbpeople.Across(s).UserByIdentity(ctx, p.Issuer, p.Subject)
	if !fault.Is(err, fault.NotFound) {
		return u, err
	}
	// A user of the provider who can enter any address there must not become its owner here.
	if !p.EmailVerified || user.CheckEmail(p.Email) != nil {
		return u, fault.New(fault.Forbidden, "%s has not verified your e-mail address. Verify it there and sign in again.", o.Label)
	}
	u, err = dbpeople.Across(s).UserByEmail(ctx, p.Email)
	switch {
	case err == nil && o.LinkEmail:
		return a.linkPerson(ctx, s, u, p)
	case err == nil:
		return user.User{ID: u.ID}, errMustLink(o)
	case !fault.Is(err, fault.NotFound):
		return u, err
	}
	return a.createPerson(ctx, s, o, p)
}

func errMustLink(o *OIDC) error {
	if o.Enforced {
		return fault.New(fault.Forbidden, "An account with your e-mail address already exists. The operator can link it to %s with --oidc-link-email, or give you a sign-in link so that you can link it yourself.", o.Label)
	}
	return fault.New(fault.Forbidden, "An account with your e-mail address already exists. Sign in with that account's password and link %s on your account page.", o.Label)
}

func (a *Verbs) linkPerson(ctx context.Context, s *dbkernel.System, u user.User, p user.Proof) (user.User, error) {
	if !u.Active { // the caller refuses a deactivated person, so nothing is linked
		return u, nil
	}
	if err := dbpeople.Across(s).AddIdentity(ctx, a.makeIdentity(u.ID, p)); err != nil {
		return u, err
	}
	return u, a.k.AuditPerson(withProvider(ctx, u), s, u, "link_identity", string(u.ID), "by the verified e-mail address: "+p.Subject)
}

// createPerson creates a person without a password.
func (a *Verbs) createPerson(ctx context.Context, s *dbkernel.System, o *OIDC, p user.Proof) (user.User, error) {
	if err := a.checkAdmitted(ctx, s, o, p); err != nil {
		return user.User{}, err
	}
	u := user.User{ID: tenant.UserID(id.New()), Email: p.Email, Name: nameOf(p), Active: true, Theme: "system", CreatedAt: a.k.Clock.Now()}
	if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
		return u, err
	}
	if err := dbpeople.Across(s).AddIdentity(ctx, a.makeIdentity(u.ID, p)); err != nil {
		return u, err
	}
	return u, a.k.AuditPerson(withProvider(ctx, u), s, u, "create_user", string(u.ID), "by a first sign-in with "+o.Label+": "+p.Subject)
}

// checkAdmitted refuses a user of the provider whom neither a setting, a group nor an invitation admits.
func (a *Verbs) checkAdmitted(ctx context.Context, s *dbkernel.System, o *OIDC, p user.Proof) error {
	if o.SignUp || len(user.Roles(o.Rules, p.Groups)) > 0 || o.isAdmin(p) {
		return nil
	}
	invited, err := dbpeople.Across(s).IsInvited(ctx, p.Email, a.k.Clock.Now())
	if err != nil || invited {
		return err
	}
	return fault.New(fault.Forbidden, "You signed in to %s, but you have no account here: none of your groups is mapped to a team, and there is no open invitation for %s. A team lead can invite you.", o.Label, p.Email)
}

func (a *Verbs) makeIdentity(u tenant.UserID, p user.Proof) user.Identity {
	now := a.k.Clock.Now()
	return user.Identity{Issuer: p.Issuer, Subject: p.Subject, User: u, Email: p.Email, LinkedAt: now, LastSeenAt: now}
}

// nameOf returns the person's name at the provider or, if it is unusable, the local part of the e-mail address.
func nameOf(p user.Proof) string {
	name := strings.TrimSpace(text.Cut(strings.ToValidUTF8(p.Name, ""), 100))
	if name == "" {
		name, _, _ = strings.Cut(p.Email, "@")
	}
	return name
}

// causeOf returns the text of the error that a fault wraps.
func causeOf(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return cause.Error()
	}
	return ""
}
