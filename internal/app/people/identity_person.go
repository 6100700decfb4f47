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

// personProved is the person of a provider's account: known by its subject, else by a verified e-mail address where the
// operator lets that link, else made where somebody wants the person here.
func (a *Verbs) personProved(ctx context.Context, s *dbkernel.System, o *OIDC, p user.Proof) (user.User, error) {
	u, err := dbpeople.Across(s).UserByIdentity(ctx, p.Issuer, p.Subject)
	if !fault.Is(err, fault.NotFound) {
		return u, err
	}
	// Whoever may write any address at the provider must not become the person who has it here.
	if !p.EmailVerified || user.CheckEmail(p.Email) != nil {
		return u, fault.New(fault.Forbidden, "%s does not say that your e-mail address is verified, so this server cannot tell who you are. Verify it there and sign in again.", o.Label)
	}
	u, err = dbpeople.Across(s).UserByEmail(ctx, p.Email)
	switch {
	case err == nil && o.LinkEmail:
		return a.linkProved(ctx, s, u, p)
	case err == nil:
		return user.User{ID: u.ID}, mustLink(o)
	case !fault.Is(err, fault.NotFound):
		return u, err
	}
	return a.makeProved(ctx, s, o, p)
}

func mustLink(o *OIDC) error {
	if o.Enforced {
		return fault.New(fault.Forbidden, "An account here has your e-mail address already. The operator can link it to %s with --oidc-link-email, or let you in with a link to link it yourself.", o.Label)
	}
	return fault.New(fault.Forbidden, "An account here has your e-mail address already. Sign in with its password and link %s on your account page.", o.Label)
}

func (a *Verbs) linkProved(ctx context.Context, s *dbkernel.System, u user.User, p user.Proof) (user.User, error) {
	if !u.Active { // told by the caller; nothing is linked for who stays out
		return u, nil
	}
	if err := dbpeople.Across(s).AddIdentity(ctx, a.identity(u.ID, p)); err != nil {
		return u, err
	}
	return u, a.k.AuditPerson(byProvider(ctx, u), s, u, "link_identity", string(u.ID), "by the verified e-mail address: "+p.Subject)
}

// makeProved makes a person without a password.
func (a *Verbs) makeProved(ctx context.Context, s *dbkernel.System, o *OIDC, p user.Proof) (user.User, error) {
	if err := a.wanted(ctx, s, o, p); err != nil {
		return user.User{}, err
	}
	u := user.User{ID: tenant.UserID(id.New()), Email: p.Email, Name: cutName(p), Active: true, Theme: "system", CreatedAt: a.k.Clock.Now()}
	if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
		return u, err
	}
	if err := dbpeople.Across(s).AddIdentity(ctx, a.identity(u.ID, p)); err != nil {
		return u, err
	}
	return u, a.k.AuditPerson(byProvider(ctx, u), s, u, "create_user", string(u.ID), "by a first sign-in with "+o.Label+": "+p.Subject)
}

// wanted refuses who is known at the provider and to nobody here.
func (a *Verbs) wanted(ctx context.Context, s *dbkernel.System, o *OIDC, p user.Proof) error {
	if o.SignUp || len(user.Roles(o.Rules, p.Groups)) > 0 || o.admin(p) {
		return nil
	}
	invited, err := dbpeople.Across(s).IsInvited(ctx, p.Email, a.k.Clock.Now())
	if err != nil || invited {
		return err
	}
	return fault.New(fault.Forbidden, "You are known to %s, but nobody has let you in here: no group of yours belongs to a team and no invitation is open for %s. A lead of a team can invite you.", o.Label, p.Email)
}

func (a *Verbs) identity(u tenant.UserID, p user.Proof) user.Identity {
	now := a.k.Clock.Now()
	return user.Identity{Issuer: p.Issuer, Subject: p.Subject, User: u, Email: p.Email, LinkedAt: now, LastSeenAt: now}
}

// cutName is the name the provider gives, or what stands before the @ where it gives none that can be one.
func cutName(p user.Proof) string {
	name := strings.TrimSpace(text.Cut(strings.ToValidUTF8(p.Name, ""), 100))
	if name == "" {
		name, _, _ = strings.Cut(p.Email, "@")
	}
	return name
}

// causeOf is what lies behind a fault's words.
func causeOf(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return cause.Error()
	}
	return ""
}
