package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// OIDC is the operator's identity provider, with the settings for its users.
type OIDC struct {
	Provider IdentityProvider
	// Issuer is the provider's URL; Label is its name on pages.
	Issuer, Label string
	// Rules map a group to a role in a team. The members of AdminGroup, and no one else, are admins of the instance.
	Rules      []user.GroupRule
	AdminGroup string
	// LinkEmail links an identity to the user who has its verified e-mail address.
	LinkEmail bool
	// SignUp creates an account for every user of the provider; without it a group or an invitation is needed.
	SignUp bool
	// Enforced turns off passwords.
	Enforced bool
	// LoginFor is how long a login lasts.
	LoginFor time.Duration
}

// IdentityProvider is a client of an OpenID Connect provider.
type IdentityProvider interface {
	NewVerifier() string
	AuthURL(ctx context.Context, state, nonce, verifier string) (string, error)
	Prove(ctx context.Context, code, nonce, verifier string) (user.Proof, error)
	EndURL(ctx context.Context, back string) string
}

// ProviderLabel returns the name of the identity provider, or "" if there is none.
func (a *Verbs) ProviderLabel() string {
	if a.opts.OIDC == nil {
		return ""
	}
	return a.opts.OIDC.Label
}

// Enforced reports whether people sign in through the identity provider only.
func (a *Verbs) Enforced() bool { return a.opts.OIDC != nil && a.opts.OIDC.Enforced }

// CheckPasswordsAllowed returns a Forbidden fault if the identity provider is enforced, for every verb that uses or sets a password.
func (a *Verbs) CheckPasswordsAllowed() error {
	if !a.Enforced() {
		return nil
	}
	return fault.New(fault.Forbidden, "Passwords are turned off on this server. Sign in with %s.", a.opts.OIDC.Label)
}

func (a *Verbs) provider() (*OIDC, error) {
	if a.opts.OIDC == nil {
		return nil, fault.Missing("page")
	}
	return a.opts.OIDC, nil
}

// Flow is a sign-in at the provider that one browser started. It is stored in the browser's cookie data, for one attempt.
type Flow struct {
	State, Nonce, Verifier string
	// Next is the page to go to afterwards.
	Next string
	// Link is the person who links an identity; empty for a sign-in.
	Link  tenant.UserID
	Until time.Time
}

// FlowLifetime is the time limit for a sign-in at the provider.
const FlowLifetime = 10 * time.Minute

// ProviderReturn has the parameters with which the provider sends the browser back.
type ProviderReturn struct{ Code, State, Issuer, Fault string }

// BeginIdentity starts a sign-in at the provider, or a link for a person. It returns the URL to send the browser to.
func (a *Verbs) BeginIdentity(ctx context.Context, next string, link tenant.UserID) (f Flow, to string, err error) {
	o, err := a.provider()
	if err != nil {
		return f, "", err
	}
	f = Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: o.Provider.NewVerifier(), Next: next, Link: link, Until: a.k.Clock.Now().Add(FlowLifetime)}
	to, err = o.Provider.AuthURL(ctx, f.State, f.Nonce, f.Verifier)
	return f, to, a.logFailure(err)
}

// logFailure logs the cause of a provider's fault, which people do not see, and returns the fault.
func (a *Verbs) logFailure(err error) error {
	if err != nil {
		a.k.Log.Warn("sign-in at the identity provider failed", "error", err, "cause", causeOf(err))
	}
	return err
}

// verifyReturn checks the returned parameters against the browser's flow, and gets the verified identity from the provider.
func (a *Verbs) verifyReturn(ctx context.Context, o *OIDC, f Flow, r ProviderReturn) (user.Proof, error) {
	switch {
	case f.State == "" || a.k.Clock.Now().After(f.Until):
		return user.Proof{}, fault.New(fault.Unauthenticated, "This sign-in was started in another browser, has already been used, or took longer than 10 minutes. Start again.")
	case subtle.ConstantTimeCompare([]byte(f.State), []byte(r.State)) != 1, r.Issuer != "" && r.Issuer != o.Issuer:
		return user.Proof{}, fault.New(fault.Unauthenticated, "The identity provider's response does not belong to this sign-in. Start again.")
	case r.Fault == "access_denied":
		return user.Proof{}, fault.New(fault.Unauthenticated, "%s denied access, or you cancelled the sign-in.", o.Label)
	case r.Fault != "" || r.Code == "":
		return user.Proof{}, fault.New(fault.Unavailable, "%s could not sign you in. Try again. If the sign-in fails again, contact the provider's administrator.", o.Label)
	}
	p, err := o.Provider.Prove(ctx, r.Code, f.Nonce, f.Verifier)
	return p, a.logFailure(err)
}

// SignInByIdentity completes a flow. It creates a login for the person whom the provider identifies, and applies the person's groups.
// An unknown person is linked, created or refused according to the operator's settings. A deactivated person is refused.
func (a *Verbs) SignInByIdentity(ctx context.Context, f Flow, r ProviderReturn, peer, userAgent string) (l user.Login, u user.User, err error) {
	o, err := a.provider()
	if err != nil {
		return l, u, err
	}
	p, err := a.verifyReturn(ctx, o, f, r)
	if err == nil {
		err = a.k.DB.System(ctx, func(s *dbkernel.System) (err error) {
			l, u, err = a.signInVerified(ctx, s, o, p, peer, userAgent)
			return err
		})
	}
	if err != nil {
		a.auditRefusedIdentity(ctx, u, p, peer, err)
	}
	return l, u, err
}

func (a *Verbs) signInVerified(ctx context.Context, s *dbkernel.System, o *OIDC, p user.Proof, peer, userAgent string) (l user.Login, u user.User, err error) {
	if u, err = a.findOrCreatePerson(ctx, s, o, p); err != nil {
		return l, u, err
	}
	if !u.Active {
		return l, u, fault.New(fault.Forbidden, "Your account on this server has been deactivated. An admin can activate it again.")
	}
	if err := a.applyGroups(ctx, s, o, &u, p); err != nil {
		return l, u, err
	}
	if err := dbpeople.Across(s).TouchIdentity(ctx, p.Issuer, p.Subject, p.Email, a.k.Clock.Now()); err != nil {
		return l, u, err
	}
	l = a.makeLogin(u, user.ByProvider, o.LoginFor, peer, userAgent)
	s.AfterCommit(func() { a.ringPerson(u.ID) })
	return l, u, a.createLogin(withProvider(ctx, u), s, u, l)
}

// withProvider returns a context for audit entries of u, whom the provider has identified.
func withProvider(ctx context.Context, u user.User) context.Context {
	from, _ := tenant.OriginOf(ctx)
	from.User, from.Name, from.Via = u.ID, u.Name, string(user.ByProvider)
	return tenant.WithOrigin(ctx, from)
}

// auditRefusedIdentity writes a refused sign-in and its reason to the audit log.
func (a *Verbs) auditRefusedIdentity(ctx context.Context, u user.User, p user.Proof, peer string, why error) {
	if fault.Is(why, fault.Unavailable) {
		return
	}
	by := tenant.Actor{Name: "nobody", Via: string(user.ByProvider), Peer: peer}
	if p.Subject != "" {
		by.Name = "subject " + text.Cut(p.Subject, 100)
	}
	var f *fault.Error
	if errors.As(why, &f) {
		a.k.Refused(ctx, by, "sign_in", string(u.ID), f.Message)
	}
}
