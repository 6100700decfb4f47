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

// OIDC is the operator's identity provider and what it decides here.
type OIDC struct {
	Provider IdentityProvider
	// Issuer is the provider's address and Label its name on the page.
	Issuer, Label string
	// Rules give who is in a group a role in a team; AdminGroup makes admins of the instance, and unmakes them.
	Rules      []user.GroupRule
	AdminGroup string
	// LinkEmail lets a verified e-mail address of the provider sign in the person who has that address here.
	LinkEmail bool
	// SignUp makes an account for whoever the provider knows; without it a group or an invitation must want the person here.
	SignUp bool
	// Enforced closes every way to sign in with, or to set, a password.
	Enforced bool
	// LoginFor is how long a login lasts until the provider is asked again.
	LoginFor time.Duration
}

// IdentityProvider asks an OpenID Connect provider.
type IdentityProvider interface {
	NewVerifier() string
	AuthURL(ctx context.Context, state, nonce, verifier string) (string, error)
	Prove(ctx context.Context, code, nonce, verifier string) (user.Proof, error)
	EndURL(ctx context.Context, back string) string
}

// ProviderLabel is the name of the identity provider; empty where there is none.
func (a *Verbs) ProviderLabel() string {
	if a.opts.OIDC == nil {
		return ""
	}
	return a.opts.OIDC.Label
}

// Enforced says whether people sign in through the identity provider only.
func (a *Verbs) Enforced() bool { return a.opts.OIDC != nil && a.opts.OIDC.Enforced }

// PasswordsOpen refuses, in one sentence for every way, what would sign in with a password or set one while the provider is enforced.
func (a *Verbs) PasswordsOpen() error {
	if !a.Enforced() {
		return nil
	}
	return fault.New(fault.Forbidden, "Passwords are closed on this server: people sign in with %s.", a.opts.OIDC.Label)
}

func (a *Verbs) provider() (*OIDC, error) {
	if a.opts.OIDC == nil {
		return nil, fault.Missing("page")
	}
	return a.opts.OIDC, nil
}

// Flow is a sign-in that one browser began at the provider. The browser's own cookie data keeps it, for one try.
type Flow struct {
	State, Nonce, Verifier string
	// Next is the page to go to afterwards.
	Next string
	// Link is the person who wants the provider's account linked; empty for a sign-in.
	Link  tenant.UserID
	Until time.Time
}

// FlowLifetime is how long signing in at the provider may take.
const FlowLifetime = 10 * time.Minute

// Returned is what the browser brings back from the provider.
type Returned struct{ Code, State, Issuer, Fault string }

// BeginIdentity begins a sign-in at the provider, or a link for a person, and tells where the browser goes.
func (a *Verbs) BeginIdentity(ctx context.Context, next string, link tenant.UserID) (f Flow, to string, err error) {
	o, err := a.provider()
	if err != nil {
		return f, "", err
	}
	f = Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: o.Provider.NewVerifier(), Next: next, Link: link, Until: a.k.Clock.Now().Add(FlowLifetime)}
	to, err = o.Provider.AuthURL(ctx, f.State, f.Nonce, f.Verifier)
	return f, to, a.noted(err)
}

// noted logs why the provider was of no help; people read the sentence only.
func (a *Verbs) noted(err error) error {
	if err != nil {
		a.k.Log.Warn("the identity provider was of no help", "error", err, "cause", causeOf(err))
	}
	return err
}

// prove holds what came back against the flow that this browser began, and the proof against the provider.
func (a *Verbs) prove(ctx context.Context, o *OIDC, f Flow, r Returned) (user.Proof, error) {
	switch {
	case f.State == "" || a.k.Clock.Now().After(f.Until):
		return user.Proof{}, fault.New(fault.Unauthenticated, "This sign-in was not begun in this browser, was used already, or took longer than 10 minutes. Begin again.")
	case subtle.ConstantTimeCompare([]byte(f.State), []byte(r.State)) != 1, r.Issuer != "" && r.Issuer != o.Issuer:
		return user.Proof{}, fault.New(fault.Unauthenticated, "The response of the identity provider does not belong to this sign-in. Start again.")
	case r.Fault == "access_denied":
		return user.Proof{}, fault.New(fault.Unauthenticated, "%s did not let you in, or you turned back there.", o.Label)
	case r.Fault != "" || r.Code == "":
		return user.Proof{}, fault.New(fault.Unavailable, "%s could not sign you in. Try again; if it stays so, ask its administrator.", o.Label)
	}
	p, err := o.Provider.Prove(ctx, r.Code, f.Nonce, f.Verifier)
	return p, a.noted(err)
}

// SignInByIdentity ends a flow: it makes a login for whom the provider proves, after the groups there were applied here.
// A person who is not known is linked, made or refused as the operator decided; a deactivated one stays out.
func (a *Verbs) SignInByIdentity(ctx context.Context, f Flow, r Returned, peer, userAgent string) (l user.Login, u user.User, err error) {
	o, err := a.provider()
	if err != nil {
		return l, u, err
	}
	p, err := a.prove(ctx, o, f, r)
	if err == nil {
		err = a.k.DB.System(ctx, func(s *dbkernel.System) (err error) {
			l, u, err = a.signInProved(ctx, s, o, p, peer, userAgent)
			return err
		})
	}
	if err != nil {
		a.refuseIdentity(ctx, u, p, peer, err)
	}
	return l, u, err
}

func (a *Verbs) signInProved(ctx context.Context, s *dbkernel.System, o *OIDC, p user.Proof, peer, userAgent string) (l user.Login, u user.User, err error) {
	if u, err = a.personProved(ctx, s, o, p); err != nil {
		return l, u, err
	}
	if !u.Active {
		return l, u, fault.New(fault.Forbidden, "Your account on this server is deactivated. Its operator can activate it.")
	}
	if err := a.applyGroups(ctx, s, o, &u, p); err != nil {
		return l, u, err
	}
	if err := dbpeople.Across(s).SeeIdentity(ctx, p.Issuer, p.Subject, p.Email, a.k.Clock.Now()); err != nil {
		return l, u, err
	}
	l = a.loginOf(u, user.ByProvider, o.LoginFor, peer, userAgent)
	s.AfterCommit(func() { a.ringPerson(u.ID) })
	return l, u, a.createLogin(byProvider(ctx, u), s, u, l)
}

// byProvider says in the audit log that the provider vouched for u.
func byProvider(ctx context.Context, u user.User) context.Context {
	from, _ := tenant.OriginOf(ctx)
	from.User, from.Name, from.Via = u.ID, u.Name, string(user.ByProvider)
	return tenant.WithOrigin(ctx, from)
}

// refuseIdentity writes down who was not let in, and why.
func (a *Verbs) refuseIdentity(ctx context.Context, u user.User, p user.Proof, peer string, why error) {
	if fault.Is(why, fault.Unavailable) {
		return
	}
	by := tenant.Actor{Name: "nobody", Via: string(user.ByProvider), Peer: peer}
	if p.Subject != "" {
		by.Name = "subject " + text.Cut(p.Subject, 100)
	}
	var said *fault.Error
	if errors.As(why, &said) {
		a.k.Refused(ctx, by, "sign_in", string(u.ID), said.Message)
	}
}
