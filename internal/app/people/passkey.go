package people

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// newSite is the server as passkeys know it; nil where browsers know none at its address.
func (a *Verbs) newSite() *factor.Site {
	s, err := factor.NewSite(a.opts.PublicURL, func(b []byte) []byte { return a.k.Keys.HMAC("passkey ceremony", b) })
	if err != nil && !errors.Is(err, factor.ErrNoPasskeys) {
		a.k.Log.Error("passkeys are not offered", "error", err)
	}
	return s
}

// HasPasskeys says whether browsers know passkeys at the address of this server: it takes a name and https, or localhost.
func (a *Verbs) HasPasskeys() bool { return a.site != nil }

var errNoPasskeys = fault.New(fault.Unavailable, "Passkeys need a server that is reached by name over https.")

// holder is a person as authenticators know one.
func (a *Verbs) holderOf(ctx context.Context, s *dbkernel.System, u user.User) (factor.Holder, error) {
	ps, err := dbpeople.Across(s).Passkeys(ctx, u.ID)
	return factor.Holder{ID: string(u.ID), Email: u.Email, Name: u.Name, Passkeys: ps}, err
}

// BeginPasskey prepares a new passkey; nothing is stored before AddPasskey.
func (a *Verbs) BeginPasskey(ctx context.Context, u user.User) (c factor.Ceremony, err error) {
	return a.begin(ctx, u, func(h factor.Holder) (factor.Ceremony, error) { return a.site.BeginRegister(h, a.k.Clock.Now()) })
}

// BeginPasskeyStep prepares the second step with a passkey of a person who has one.
func (a *Verbs) BeginPasskeyStep(ctx context.Context, u user.User) (c factor.Ceremony, err error) {
	return a.begin(ctx, u, func(h factor.Holder) (factor.Ceremony, error) { return a.site.BeginStep(h, a.k.Clock.Now()) })
}

func (a *Verbs) begin(ctx context.Context, u user.User, do func(factor.Holder) (factor.Ceremony, error)) (c factor.Ceremony, err error) {
	if a.site == nil {
		return c, errNoPasskeys
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		h, err := a.holderOf(ctx, s, u)
		if err == nil {
			c, err = do(h)
		}
		return err
	})
	return c, err
}

// BeginPasskeySignIn prepares a sign-in by passkey alone.
func (a *Verbs) BeginPasskeySignIn() (factor.Ceremony, error) {
	if a.site == nil {
		return factor.Ceremony{}, errNoPasskeys
	}
	return a.site.BeginSignIn(a.k.Clock.Now())
}

// NewPasskey is what the form of a new passkey holds: the person's name for it, and a ceremony's ticket with its answer.
type NewPasskey struct{ Name, Password, Ticket, Answer string }

// AddPasskey registers a passkey. Who had no second factor before gets recovery codes, to be shown this once.
func (a *Verbs) AddPasskey(ctx context.Context, u user.User, l user.Login, f NewPasskey) (recovery []string, err error) {
	if a.site == nil {
		return nil, errNoPasskeys
	}
	p := factor.Passkey{ID: id.New(), Name: strings.TrimSpace(f.Name), CreatedAt: a.k.Clock.Now()}
	if n := utf8.RuneCountInString(p.Name); n < 1 || n > 60 {
		return nil, fault.Field("name", "A passkey's name has 1 to 60 characters; this one has %d.", n)
	}
	if err := a.proveAgain(ctx, u, l, f.Password); err != nil {
		return nil, err
	}
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		h, err := a.holderOf(ctx, s, u)
		if err != nil {
			return err
		}
		r, err := a.site.Register(h, f.Ticket, f.Answer, a.k.Clock.Now())
		if err != nil {
			return a.notTaken(err)
		}
		if err := a.spend(ctx, s, r.Challenge); err != nil {
			return err
		}
		p.Credential = r.Credential
		if err := dbpeople.Across(s).AddPasskey(ctx, u.ID, p, r.CredentialID, r.Count); err != nil {
			return err
		}
		recovery, err = a.factorAdded(ctx, s, u, "add_passkey", p.Name)
		return err
	})
	return recovery, err
}

// notTaken words an answer that was not right; why goes into the log.
func (a *Verbs) notTaken(err error) error {
	if errors.Is(err, factor.ErrTooOld) {
		return fault.Field("", "The page was open for too long. Try again.").Because(err)
	}
	return fault.Field("", "The answer of the passkey was not right. Try again.").Because(err)
}

// spend lets a challenge be answered once.
func (a *Verbs) spend(ctx context.Context, s *dbkernel.System, c factor.Challenge) error {
	ok, err := dbpeople.Across(s).Spend(ctx, c.Hash, c.Until)
	if err == nil && !ok {
		err = fault.New(fault.Unauthenticated, "This was sent before. Load the page again.")
	}
	return err
}

// RemovePasskey forgets a passkey; it takes the password. With the last factor the recovery codes go.
func (a *Verbs) RemovePasskey(ctx context.Context, u user.User, l user.Login, password, passkeyID string) error {
	if err := appkernel.CheckID("passkey", passkeyID); err != nil {
		return err
	}
	if err := a.proveAgain(ctx, u, l, password); err != nil {
		return err
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).DropPasskey(ctx, u.ID, passkeyID); err != nil {
			return err
		}
		return a.factorDropped(ctx, s, u, "remove_passkey", passkeyID)
	})
}

// SecondStepByPasskey turns a pending login into a login with a passkey of the person.
func (a *Verbs) SecondStepByPasskey(ctx context.Context, pendingID, ticket, answer, peer, userAgent string) (l user.Login, u user.User, err error) {
	if a.site == nil {
		return l, u, errNoPasskeys
	}
	if u, err = a.Pending(ctx, pendingID); err != nil {
		return l, u, err
	}
	copied := false
	err = a.tried(ctx, try{u, "sign_in", peer, "This passkey does not match."}, func(s *dbkernel.System) (bool, error) {
		h, err := a.holderOf(ctx, s, u)
		if err != nil {
			return false, err
		}
		used, err := a.site.Step(h, ticket, answer, a.k.Clock.Now())
		if err != nil {
			return false, nil
		}
		copied = used.Copied
		return a.takePasskey(ctx, s, u, used)
	}, func(s *dbkernel.System) (err error) {
		l, err = a.finishStep(ctx, s, pendingID, u, peer, userAgent)
		return err
	})
	return l, u, orCopied(copied, err)
}

// takePasskey stores what a passkey's answer changed. One whose counter went back is refused from now on.
func (a *Verbs) takePasskey(ctx context.Context, s *dbkernel.System, u user.User, used factor.Used) (bool, error) {
	if used.Copied {
		if err := dbpeople.Across(s).RefusePasskey(ctx, used.Was.ID, a.k.Clock.Now()); err != nil {
			return false, err
		}
		return false, a.k.AuditPerson(ctx, s, u, "refuse_passkey", string(u.ID), used.Was.Name+": its counter went back")
	}
	if ok, err := dbpeople.Across(s).Spend(ctx, used.Challenge.Hash, used.Challenge.Until); err != nil || !ok {
		return false, err
	}
	return dbpeople.Across(s).UsePasskey(ctx, used.Was, used.Credential, used.Count, a.k.Clock.Now())
}

func orCopied(copied bool, err error) error {
	if copied && fault.Is(err, fault.Unauthenticated) {
		return fault.New(fault.Unauthenticated, "The counter of this passkey went back: somebody may hold a copy of it. It is refused from now on; sign in another way and remove it.")
	}
	return err
}

// SignInByPasskey makes a login for whoever an authenticator names, with the person's verification: it stands for password
// and second step together.
func (a *Verbs) SignInByPasskey(ctx context.Context, ticket, answer, peer, userAgent string) (l user.Login, u user.User, err error) {
	if a.site == nil {
		return l, u, errNoPasskeys
	}
	if err := a.PasswordsOpen(); err != nil {
		return l, u, err
	}
	copied, known := false, false
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		_, used, err := a.site.SignIn(func(id string) (h factor.Holder, err error) {
			if u, err = dbpeople.Across(s).User(ctx, tenant.UserID(id)); err != nil || !u.Active {
				return h, fault.Missing("person")
			}
			return a.holderOf(ctx, s, u)
		}, ticket, answer, a.k.Clock.Now())
		if err != nil {
			return nil
		}
		copied = used.Copied
		if known, err = a.takePasskey(ctx, s, u, used); err != nil || !known {
			return err
		}
		l, err = a.newLogin(ctx, s, u, peer, userAgent)
		return err
	})
	if err == nil && !known {
		a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "passkey", Peer: peer}, "sign_in", string(u.ID), "The passkey did not match.")
		err = orCopied(copied, fault.New(fault.Unauthenticated, "This passkey is not known here, or the page was open for too long. Try again, or use your password."))
	}
	return l, u, err
}
