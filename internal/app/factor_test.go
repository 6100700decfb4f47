package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// newApp begins to set up an authenticator app for alpha's member, who has no password, and gives its key.
func (h *house) newApp() (key string) {
	h.t.Helper()
	ok(h.t, h.app.People.BeginAuthenticator(h.t.Context(), h.alpha.Member, user.Login{CreatedAt: h.clock.Now()}, ""))
	key, err := h.app.People.NewAuthenticator(h.t.Context(), h.member.User)
	ok(h.t, err)
	return key
}

// withApp is newApp, confirmed.
func (h *house) withApp() (key string) {
	h.t.Helper()
	key = h.newApp()
	_, err := h.app.People.ConfirmAuthenticator(h.t.Context(), h.alpha.Member, h.nextCode(key))
	ok(h.t, err)
	h.clock.Advance(time.Minute)
	return key
}

// nextCode is the code of now.
func (h *house) nextCode(key string) string {
	h.t.Helper()
	code, err := factor.Code(key, h.clock.Now())
	ok(h.t, err)
	return code
}

// guarded is a person with a password and an authenticator app.
func (h *house) guarded() (u user.User, key string, recovery []string) {
	h.t.Helper()
	ctx := context.Background()
	u, err := h.app.People.CreateUser(ctx, "ann@example.org", "Ann", password, false)
	ok(h.t, err)
	ok(h.t, h.app.People.AddMember(ctx, "alpha", u.Email, tenant.Member))
	ok(h.t, h.app.People.BeginAuthenticator(ctx, u, h.login(u), password))
	key, err = h.app.People.NewAuthenticator(ctx, u.ID)
	ok(h.t, err)
	recovery, err = h.app.People.ConfirmAuthenticator(ctx, u, h.nextCode(key))
	ok(h.t, err)
	h.clock.Advance(time.Minute)
	return u, key, recovery
}

func (h *house) login(u user.User) user.Login {
	return user.Login{User: u.ID, CreatedAt: h.clock.Now(), Peer: "1.1.1.1"}
}

func (h *house) firstStep(u user.User) string {
	h.t.Helper()
	e, _, err := h.app.People.SignIn(context.Background(), apppeople.Credentials{Email: u.Email, Password: password, Peer: "1.1.1.1", UserAgent: "b"})
	ok(h.t, err)
	if e.ID != "" || e.Pending == "" {
		h.t.Fatalf("a password alone gave %+v", e)
	}
	return e.Pending
}

func (h *house) secondStep(pending, code string) error {
	_, _, err := h.app.People.SecondStep(context.Background(), pending, code, "1.1.1.1", "b")
	return err
}

func TestAnAuthenticatorAppIsOnOnceItsCodeWasSeen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "ann@example.org", "Ann", password, false)
		ok(t, err)
		if f := beginWrong(h, u); f.Field != "password" {
			t.Errorf("a wrong password: %+v", f)
		}
		ok(t, h.app.People.BeginAuthenticator(ctx, u, h.login(u), password))
		key, err := h.app.People.NewAuthenticator(ctx, u.ID)
		ok(t, err)
		if e, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: u.Email, Password: password, Peer: "1.1.1.1", UserAgent: "b"}); err != nil || e.ID == "" {
			t.Errorf("before it is confirmed a password is not enough: %+v, %v", e, err)
		}
		_, err = h.app.People.ConfirmAuthenticator(ctx, u, "000000")
		refused(t, "a wrong code", err, fault.Invalid)
		recovery, err := h.app.People.ConfirmAuthenticator(ctx, u, h.nextCode(key))
		if err != nil || len(recovery) != 10 {
			t.Fatalf("%q, %v", recovery, err)
		}
		if again, err := h.app.People.NewAuthenticator(ctx, u.ID); err != nil || again != "" {
			t.Errorf("a confirmed key is told: %q, %v", again, err)
		}
		refused(t, "a second app", h.app.People.BeginAuthenticator(ctx, u, h.login(u), password), fault.Conflict)
		stored := strings.Join(append(dbtest.Rows(t, h.d, `SELECT secret FROM authenticators`), dbtest.Rows(t, h.d, `SELECT hash FROM recovery_codes`)...), " ")
		if strings.Contains(stored, key) || strings.Contains(stored, recovery[0]) || strings.Contains(stored, factor.FoldRecovery(recovery[0])) {
			t.Error("the key or a recovery code is stored as it is")
		}
	})
}

func beginWrong(h *house, u user.User) fault.Error {
	f, _ := h.app.People.BeginAuthenticator(h.t.Context(), u, h.login(u), "wrong password").(*fault.Error)
	if f == nil {
		return fault.Error{}
	}
	return *f
}

func TestASecondStepTakesEachCodeOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		u, key, recovery := h.guarded()
		code := h.nextCode(key)
		first, second := h.firstStep(u), h.firstStep(u)
		ok(t, h.secondStep(first, code))
		refused(t, "the same code", h.secondStep(second, code), fault.Unauthenticated)
		refused(t, "a pending login that was used", h.secondStep(first, recovery[0]), fault.Unauthenticated)
		ok(t, h.secondStep(second, strings.ToUpper(recovery[1])))
		refused(t, "a recovery code again", h.secondStep(h.firstStep(u), recovery[1]), fault.Unauthenticated)
		if f, err := h.app.People.Factors(t.Context(), u.ID); err != nil || f.Recovery != 9 {
			t.Errorf("%d codes are left, %v", f.Recovery, err)
		}
		late := h.firstStep(u)
		h.clock.Advance(factor.PendingLifetime)
		refused(t, "after five minutes", h.secondStep(late, h.nextCode(key)), fault.Unauthenticated)
	})
}

// Of many who bring one code at once, one gets in.
func TestOneCodeOpensOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		u, key, _ := h.guarded()
		code, won := h.nextCode(key), make(chan bool, 4)
		for range cap(won) {
			pending := h.firstStep(u)
			go func() { won <- h.secondStep(pending, code) == nil }()
		}
		n := 0
		for range cap(won) {
			if <-won {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the code opened %d times", n)
		}
	})
}

func TestCodesAreNotGuessed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		u, key, _ := h.guarded()
		pending := h.firstStep(u)
		for range 5 {
			refused(t, "a guess", h.secondStep(pending, "000000"), fault.Unauthenticated)
		}
		refused(t, "the right one while paused", h.secondStep(pending, h.nextCode(key)), fault.Exhausted)
		refused(t, "after the password again", h.secondStep(h.firstStep(u), h.nextCode(key)), fault.Exhausted)
		h.clock.Advance(15*time.Minute + time.Second)
		ok(t, h.secondStep(h.firstStep(u), h.nextCode(key)))
	})
}

func TestWhatEndsLoginsEndsPendingOnes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, key, _ := h.guarded()
		pending := h.firstStep(u)
		link, err := h.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID)
		ok(t, err)
		refused(t, "after a reset", h.secondStep(pending, h.nextCode(key)), fault.Unauthenticated)
		u, err = h.app.People.SetNewPassword(ctx, link, "a wholly new secret", false)
		ok(t, err)
		e, err := h.app.People.CompleteFirstStep(ctx, u, "1.1.1.1", "b")
		if err != nil || e.Pending == "" {
			t.Fatalf("a reset took the second factor off: %+v, %v", e, err)
		}
		ok(t, h.app.People.DeactivatePerson(ctx, appkernel.Operator(), u.ID))
		refused(t, "after a deactivation", h.secondStep(e.Pending, h.nextCode(key)), fault.Unauthenticated)
	})
}

func TestTurningTheAppOffTakesPasswordAndCode(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, key, _ := h.guarded()
		refused(t, "without the password", h.app.People.DropAuthenticator(ctx, u, h.login(u), "", h.nextCode(key)), fault.Unauthenticated)
		refused(t, "without a code", h.app.People.DropAuthenticator(ctx, u, h.login(u), password, ""), fault.Unauthenticated)
		ok(t, h.app.People.DropAuthenticator(ctx, u, h.login(u), password, h.nextCode(key)))
		if f, err := h.app.People.Factors(ctx, u.ID); err != nil || f.On() || f.Recovery != 0 {
			t.Errorf("left are %+v, %v", f, err)
		}
		if e, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: u.Email, Password: password, Peer: "1.1.1.1", UserAgent: "b"}); err != nil || e.ID == "" {
			t.Errorf("a password is not enough: %+v, %v", e, err)
		}
	})
}

func TestWhoHasNoPasswordSignsInAnewToChangeFactors(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		old := user.Login{CreatedAt: h.clock.Now()}
		h.clock.Advance(16 * time.Minute)
		refused(t, "an old login", h.app.People.BeginAuthenticator(t.Context(), h.alpha.Member, old, ""), fault.Forbidden)
	})
}

func TestNewRecoveryCodesReplaceTheOldOnes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		u, _, old := h.guarded()
		codes, err := h.app.People.RenewRecoveryCodes(t.Context(), u, h.login(u), password)
		ok(t, err)
		refused(t, "an old one", h.secondStep(h.firstStep(u), old[0]), fault.Unauthenticated)
		ok(t, h.secondStep(h.firstStep(u), codes[9]))
		bare, err := h.app.People.CreateUser(t.Context(), "bare@example.org", "Bare", password, false)
		ok(t, err)
		_, err = h.app.People.RenewRecoveryCodes(t.Context(), bare, h.login(bare), password)
		refused(t, "codes for nothing", err, fault.Conflict)
	})
}

func TestAnOperatorClearsTheFactorsOfWhoLostThem(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, _, _ := h.guarded()
		refused(t, "by a lead", h.app.People.ClearFactors(ctx, h.lead, u.ID), fault.Forbidden)
		pending := h.firstStep(u)
		ok(t, h.app.People.ClearFactors(ctx, h.admin, u.ID))
		if _, err := h.app.People.Pending(ctx, pending); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a pending login goes on: %v", err)
		}
		if e, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: u.Email, Password: password, Peer: "1.1.1.1", UserAgent: "b"}); err != nil || e.ID == "" {
			t.Errorf("a password is not enough: %+v, %v", e, err)
		}
	})
}

func TestAKeyRotationKeepsAuthenticatorApps(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := newVault(t, h)
		u, key, _ := v.guarded()
		old := secretID(t, v.path)
		_, err := secret.Add(v.path)
		ok(t, err)
		_, err = v.open().Console.Reseal(t.Context())
		ok(t, err)
		ok(t, secret.Drop(v.path, old))
		ok(t, v.secondStep(v.firstStep(u), v.nextCode(key)))
	})
}
