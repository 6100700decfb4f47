package people

import (
	"context"
	"errors"
	"unicode/utf8"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// newSite returns the relying party of passkeys, or nil if browsers support no passkeys at the server's URL.
func (a *Verbs) newSite() *factor.Site {
	s, err := factor.NewSite(a.opts.PublicURL, func(b []byte) []byte { return a.k.Keys.HMAC("passkey ceremony", b) })
	if err != nil && !errors.Is(err, factor.ErrNoPasskeys) {
		a.k.Log.Error("passkeys are not available", "error", err)
	}
	return s
}

// HasPasskeys reports whether browsers support passkeys at the server's URL: it must use HTTPS and a host name, or localhost.
func (a *Verbs) HasPasskeys() bool { return a.site != nil }

var errNoPasskeys = fault.New(fault.Unavailable, "Passkeys work only if you open this server by host name over HTTPS.")

// readHolder returns a person as the owner of passkeys.
func (a *Verbs) readHolder(ctx context.Context, s *dbkernel.System, u user.User) (factor.Holder, error) {
	ps, err := dbpeople.Across(s).Passkeys(ctx, u.ID)
	return factor.Holder{ID: string(u.ID), Email: u.Email, Name: u.Name, Passkeys: ps}, err
}

// BeginPasskey starts the registration of a passkey. AddPasskey completes it; nothing is stored before.
func (a *Verbs) BeginPasskey(ctx context.Context, u user.User) (c factor.Ceremony, err error) {
	return a.beginCeremony(ctx, u, func(h factor.Holder) (factor.Ceremony, error) { return a.site.BeginRegister(h, a.k.Clock.Now()) })
}

// BeginPasskeyStep starts the second step of sign-in by passkey.
func (a *Verbs) BeginPasskeyStep(ctx context.Context, u user.User) (c factor.Ceremony, err error) {
	return a.beginCeremony(ctx, u, func(h factor.Holder) (factor.Ceremony, error) { return a.site.BeginStep(h, a.k.Clock.Now()) })
}

func (a *Verbs) beginCeremony(ctx context.Context, u user.User, start func(factor.Holder) (factor.Ceremony, error)) (c factor.Ceremony, err error) {
	if a.site == nil {
		return c, errNoPasskeys
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		h, err := a.readHolder(ctx, s, u)
		if err == nil {
			c, err = start(h)
		}
		return err
	})
	return c, err
}

// BeginPasskeySignIn starts a sign-in by passkey alone.
func (a *Verbs) BeginPasskeySignIn() (factor.Ceremony, error) {
	if a.site == nil {
		return factor.Ceremony{}, errNoPasskeys
	}
	return a.site.BeginSignIn(a.k.Clock.Now())
}

// NewPasskey is the form of a new passkey: its name, the password, and a ceremony's ticket with the browser's answer.
type NewPasskey struct{ Name, Password, Ticket, Answer string }

// AddPasskey registers a passkey. If it is the person's first second factor, it returns recovery codes, which are shown once.
func (a *Verbs) AddPasskey(ctx context.Context, u user.User, l user.Login, f NewPasskey) (recovery []string, err error) {
	if a.site == nil {
		return nil, errNoPasskeys
	}
	p := factor.Passkey{ID: id.New(), Name: text.Line(f.Name), CreatedAt: a.k.Clock.Now()}
	if n := utf8.RuneCountInString(p.Name); n < 1 || n > 60 {
		return nil, fault.Field("name", "Enter a name of 1 to 60 characters (you entered %d).", n)
	}
	if err := a.confirmPerson(ctx, u, l, f.Password); err != nil {
		return nil, err
	}
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		h, err := a.readHolder(ctx, s, u)
		if err != nil {
			return err
		}
		r, err := a.site.Register(h, f.Ticket, f.Answer, a.k.Clock.Now())
		if err != nil {
			return errPasskeyAnswer(err)
		}
		if err := useChallenge(ctx, s, r.Challenge); err != nil {
			return err
		}
		p.Credential = r.Credential
		if err := dbpeople.Across(s).AddPasskey(ctx, u.ID, p, r.CredentialID, r.Count); err != nil {
			return err
		}
		recovery, err = a.finishFactor(ctx, s, u, "add_passkey", p.Name)
		return err
	})
	return recovery, err
}

// errPasskeyAnswer returns the fault of a wrong answer; the cause is for the log.
func errPasskeyAnswer(err error) error {
	if errors.Is(err, factor.ErrTooOld) {
		return fault.Field("", "The page was open for too long. Try again.").Because(err)
	}
	return fault.Field("", "The passkey could not be verified. Try again.").Because(err)
}

// useChallenge marks a challenge as used; it can be answered once.
func useChallenge(ctx context.Context, s *dbkernel.System, c factor.Challenge) error {
	ok, err := dbpeople.Across(s).SpendChallenge(ctx, c.Hash, c.Until)
	if err == nil && !ok {
		err = fault.New(fault.Unauthenticated, "The passkey's response has already been sent. Reload the page.")
	}
	return err
}

// RemovePasskey removes a passkey. It needs the password. If it was the last second factor, the recovery codes are deleted.
func (a *Verbs) RemovePasskey(ctx context.Context, u user.User, l user.Login, password, passkeyID string) error {
	if err := appkernel.CheckID("passkey", passkeyID); err != nil {
		return err
	}
	if err := a.confirmPerson(ctx, u, l, password); err != nil {
		return err
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).DropPasskey(ctx, u.ID, passkeyID); err != nil {
			return err
		}
		return a.finishRemoval(ctx, s, u, "remove_passkey", passkeyID)
	})
}

// SecondStepByPasskey turns a pending login into a login, by a passkey of the person.
func (a *Verbs) SecondStepByPasskey(ctx context.Context, pendingID, ticket, answer, peer, userAgent string) (l user.Login, u user.User, err error) {
	if a.site == nil {
		return l, u, errNoPasskeys
	}
	if u, err = a.Pending(ctx, pendingID); err != nil {
		return l, u, err
	}
	copied := false
	err = a.checkFactor(ctx, attempt{u, "sign_in", peer, "This passkey does not match."}, func(s *dbkernel.System) (bool, error) {
		h, err := a.readHolder(ctx, s, u)
		if err != nil {
			return false, err
		}
		used, err := a.site.Step(h, ticket, answer, a.k.Clock.Now())
		if err != nil {
			return false, nil
		}
		copied = used.Copied
		return a.usePasskey(ctx, s, u, used)
	}, func(s *dbkernel.System) (err error) {
		l, err = a.finishStep(ctx, s, pendingID, u, peer, userAgent)
		return err
	})
	return l, u, orCopied(copied, err)
}

// usePasskey stores the state of a passkey after its use. It blocks a passkey whose counter has gone back, which may be a copy.
func (a *Verbs) usePasskey(ctx context.Context, s *dbkernel.System, u user.User, used factor.Used) (bool, error) {
	if used.Copied {
		if err := dbpeople.Across(s).RefusePasskey(ctx, used.Was.ID, a.k.Clock.Now()); err != nil {
			return false, err
		}
		return false, a.k.AuditPerson(ctx, s, u, "refuse_passkey", string(u.ID), used.Was.Name+": its counter went backwards")
	}
	if ok, err := dbpeople.Across(s).SpendChallenge(ctx, used.Challenge.Hash, used.Challenge.Until); err != nil || !ok {
		return false, err
	}
	return dbpeople.Across(s).UsePasskey(ctx, used.Was, used.Credential, used.Count, a.k.Clock.Now())
}

// orCopied returns err, or for a copied passkey a fault that says so.
func orCopied(copied bool, err error) error {
	if copied && fault.Is(err, fault.Unauthenticated) {
		return fault.New(fault.Unauthenticated, "This passkey's counter went backwards, so someone may have a copy of the passkey. It is now blocked. Sign in another way and remove the passkey.")
	}
	return err
}

// SignInByPasskey signs in the person of a passkey that has verified its user. It replaces both the password and the second step.
func (a *Verbs) SignInByPasskey(ctx context.Context, ticket, answer, peer, userAgent string) (l user.Login, u user.User, err error) {
	if a.site == nil {
		return l, u, errNoPasskeys
	}
	if err := a.CheckPasswordsAllowed(); err != nil {
		return l, u, err
	}
	copied, matches := false, false
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		_, used, err := a.site.SignIn(func(id string) (h factor.Holder, err error) {
			if u, err = dbpeople.Across(s).User(ctx, tenant.UserID(id)); err != nil || !u.Active {
				return h, fault.Missing("person")
			}
			return a.readHolder(ctx, s, u)
		}, ticket, answer, a.k.Clock.Now())
		if err != nil {
			return nil
		}
		copied = used.Copied
		if matches, err = a.usePasskey(ctx, s, u, used); err != nil || !matches {
			return err
		}
		l, err = a.newLogin(ctx, s, u, peer, userAgent)
		return err
	})
	if err == nil && !matches {
		a.k.Refused(ctx, tenant.Actor{Name: "nobody", Via: "passkey", Peer: peer}, "sign_in", string(u.ID), "The passkey did not match.")
		err = orCopied(copied, fault.New(fault.Unauthenticated, "This server does not recognize the passkey, or the page was open for too long. Try again, or use your password."))
	}
	return l, u, err
}
