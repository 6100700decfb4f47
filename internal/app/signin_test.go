package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const password = "correct horse battery"

func setupForm(token string) apppeople.SetupForm {
	return apppeople.SetupForm{Token: token, Name: "Ann", Email: "ann@example.org", Password: password, TeamName: "Gamma", TeamSlug: "gamma"}
}

func TestSetupLinkWorksOnceForADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		early, err := h.app.People.NewSetupLink(ctx)
		ok(t, err)
		link, err := h.app.People.NewSetupLink(ctx)
		ok(t, err)
		for name, token := range map[string]string{"an earlier link": early, "none": "", "a guess": "x"} {
			_, _, err := h.app.People.SetUp(ctx, setupForm(token))
			refused(t, name, err, fault.Forbidden)
		}
		_, _, err = h.app.People.SetUp(ctx, apppeople.SetupForm{Token: link, Email: "x", Password: "short", TeamSlug: "-"})
		refused(t, "a bad form", err, fault.Invalid)
		if valid, err := h.app.People.SetupLinkValid(ctx, link); err != nil || !valid {
			t.Errorf("a bad form used the link up: %v, %v", valid, err)
		}
		h.clock.Advance(apppeople.SetupLifetime - time.Second)
		errs := make(chan error, 3)
		for i := range cap(errs) {
			go func() {
				f := setupForm(link)
				f.Email, f.TeamSlug = fmt.Sprintf("ann%d@example.org", i), fmt.Sprint("gamma", i)
				u, team, err := h.app.People.SetUp(ctx, f)
				if err == nil {
					by, err2 := h.app.People.ActorFor(ctx, u, team.Slug)
					if err2 != nil || !u.Admin || by.Role != tenant.Lead {
						t.Errorf("made %+v, %v", by, err2)
					}
				}
				errs <- err
			}()
		}
		won := 0
		for range cap(errs) {
			if err := <-errs; err == nil {
				won++
			} else {
				refused(t, "a used link", err, fault.Forbidden)
			}
		}
		if won != 1 {
			t.Errorf("the link worked %d times", won)
		}
		late, err := h.app.People.NewSetupLink(ctx)
		ok(t, err)
		h.clock.Advance(apppeople.SetupLifetime)
		_, _, err = h.app.People.SetUp(ctx, setupForm(late))
		refused(t, "after 24 hours", err, fault.Forbidden)
		if got := dbtest.Rows(t, h.d, `SELECT token_hash FROM setup_links`); len(got) != 1 || strings.Contains(got[0], late) {
			t.Errorf("stored links: %v", got)
		}
	})
}

func TestSignInAndItsLimits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "Ann@Example.org", "Ann", password, false)
		ok(t, err)
		try := func(email, password, peer string) error {
			l, who, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: email, Password: password, Peer: peer, UserAgent: "Browser \xff" + strings.Repeat("é", 200)})
			if err == nil {
				if back, again, err := h.app.People.Login(ctx, l.ID); err != nil || who.ID != again.ID || back.Peer != peer {
					t.Errorf("login: %+v of %s, %v", back, again.ID, err)
				}
			}
			return err
		}
		ok(t, try(" ann@EXAMPLE.org", password, "1.1.1.1"))
		known, unknown := try("ann@example.org", "wrong password", "1.1.1.1"), try("nobody\x00@example.org", "wrong password", "1.1.1.1")
		refused(t, "a wrong password", known, fault.Unauthenticated)
		if unknown == nil || known.Error() != unknown.Error() {
			t.Errorf("a wrong password says %q, an unknown person %q", known, unknown)
		}
		ok(t, try("ann@example.org", password, "1.1.1.1")) // forgets the account's failures
		for n := range 5 {
			refused(t, fmt.Sprint("try ", n), try("ann@example.org", "wrong password", "2.2.2.2"), fault.Unauthenticated)
		}
		refused(t, "the right password while paused", try("ann@example.org", password, "2.2.2.2"), fault.Exhausted)
		ok(t, try("ann@example.org", password, "3.3.3.3")) // strangers lock nobody out
		// The pause is in the database: another server on it knows.
		if got := dbtest.Rows(t, h.d, `SELECT key FROM login_failures WHERE blocked_until > 0`); len(got) != 1 || got[0] != "account:ann@example.org|2.2.2.2" {
			t.Errorf("paused: %v", got)
		}
		h.clock.Advance(15*time.Minute + time.Second)
		ok(t, try("ann@example.org", password, "2.2.2.2"))
		for n := range 30 {
			refused(t, fmt.Sprint("peer's try ", n), try(fmt.Sprintf("user%d@example.org", n), "wrong password", "4.4.4.4"), fault.Unauthenticated)
		}
		refused(t, "a paused peer", try("ann@example.org", password, "4.4.4.4"), fault.Exhausted)
		ok(t, try("ann@example.org", password, "5.5.5.5"))
		if got := dbtest.Rows(t, h.d, `SELECT password_hash FROM users WHERE id = '`+string(u.ID)+`'`); strings.Contains(got[0], password) {
			t.Error("the password is stored")
		}
	})
}

func TestAFailedSignInSaysHowManyTriesAreLeft(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, err := h.app.People.CreateUser(t.Context(), "ann@example.org", "Ann", password, false)
		ok(t, err)
		const wrong = "The e-mail address or password is incorrect."
		for n, want := range []string{wrong, wrong + " 3 attempts are left before sign-in pauses for 15 minutes.", wrong + " 2 attempts are left before sign-in pauses for 15 minutes.",
			wrong + " 1 attempt is left before sign-in pauses for 15 minutes.", wrong + " Sign-in is paused for 15 minutes."} {
			_, _, err := h.app.People.SignIn(t.Context(), apppeople.Credentials{Email: "ann@example.org", Password: "wrong password", Peer: "1.1.1.1", UserAgent: ""})
			if err == nil || err.Error() != want {
				t.Errorf("try %d says %v, not %q", n+1, err, want)
			}
		}
	})
}

func TestManyGuessesAtOnceFindNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		_, err := h.app.People.CreateUser(ctx, "ann@example.org", "Ann", password, false)
		ok(t, err)
		// Twenty wrong attempts are in progress before the right one, so the address is paused when the right one is checked.
		errs := make(chan error, 20)
		for range cap(errs) {
			go func() {
				_, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: "ann@example.org", Password: "wrong password", Peer: "1.1.1.1", UserAgent: ""})
				errs <- err
			}()
		}
		for range cap(errs) {
			if err := <-errs; err == nil {
				t.Error("a wrong password signed in")
			}
		}
		_, _, err = h.app.People.SignIn(ctx, apppeople.Credentials{Email: "ann@example.org", Password: password, Peer: "1.1.1.1", UserAgent: ""})
		refused(t, "the right one", err, fault.Exhausted)
	})
}

func TestLoginsEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "ann@example.org", "Ann", password, false)
		ok(t, err)
		login := func() string {
			l, err := h.app.People.NewLogin(ctx, u, "1.1.1.1", "b")
			ok(t, err)
			return l.ID
		}
		ends := func(what, id string) {
			t.Helper()
			_, _, err := h.app.People.Login(ctx, id)
			refused(t, what, err, fault.Unauthenticated)
		}
		one, two, three := login(), login(), login()
		refused(t, "another person's", h.app.People.RevokeLogin(ctx, h.member.User, one), fault.NotFound)
		ok(t, h.app.People.RevokeLogin(ctx, u.ID, one))
		ends("revoked", one)
		refused(t, "a wrong present password", h.app.People.ChangePassword(ctx, u, two, apppeople.NewPassword{Current: "wrong password", New: "another password"}), fault.Invalid)
		refused(t, "a weak one", h.app.People.ChangePassword(ctx, u, two, apppeople.NewPassword{Current: password, New: "short"}), fault.Invalid)
		ok(t, h.app.People.ChangePassword(ctx, u, two, apppeople.NewPassword{Current: password, New: "another password"}))
		ends("others after a change of the password", three)
		if ls, err := h.app.People.Logins(ctx, u.ID); err != nil || len(ls) != 1 || ls[0].ID != two {
			t.Errorf("logins: %+v, %v", ls, err)
		}
		h.clock.Advance(apppeople.LoginIdle)
		ok(t, h.app.People.TouchLogin(ctx, two))
		h.clock.Advance(apppeople.LoginIdle + time.Second)
		ends("left alone", two)
		four := login()
		for range 60 {
			h.clock.Advance(apppeople.LoginIdle - time.Minute)
			_ = h.app.People.TouchLogin(ctx, four)
		}
		h.clock.Advance(time.Hour)
		ends("older than its lifetime", four)
		ok(t, h.app.People.DeleteExpired(ctx))
		if got := dbtest.Rows(t, h.d, `SELECT id FROM logins WHERE id = '`+four+`'`); len(got) != 0 {
			t.Error("an expired login was not swept")
		}
	})
}

func TestInactivePeopleHaveNoRights(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "ann@example.org", "Ann", password, false)
		ok(t, err)
		ok(t, h.app.People.AddMember(ctx, "alpha", "ANN@example.org", tenant.Lead))
		l, err := h.app.People.NewLogin(ctx, u, "1.1.1.1", "")
		ok(t, err)
		text, _, err := h.app.People.CreateToken(ctx, h.as("alpha", u), "ci", "manage", nil)
		ok(t, err)
		dbtest.Exec(t, h.d, `UPDATE users SET is_active = 0 WHERE id = $1`, string(u.ID))
		_, _, err = h.app.People.Login(ctx, l.ID)
		refused(t, "a login", err, fault.Unauthenticated)
		_, _, err = h.app.People.SignIn(ctx, apppeople.Credentials{Email: u.Email, Password: password, Peer: "1.1.1.1", UserAgent: ""})
		refused(t, "signing in", err, fault.Unauthenticated)
		_, err = h.app.People.ActorForToken(ctx, text)
		refused(t, "a token", err, fault.Unauthenticated)
		_, err = h.app.People.ActorByEmail(ctx, "alpha", u.Email)
		refused(t, "a command in the person's name", err, fault.Forbidden)
	})
}

func TestTeamsOfOthersAreMissing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		boss := h.person("other", "")
		boss.Admin = true
		for _, slug := range []string{"alpha", "no-such-team", "", "x\x00"} {
			_, err := h.app.People.ActorFor(ctx, boss, slug)
			if refused(t, slug, err, fault.NotFound); err.Error() != fault.Missing("team").Error() {
				t.Errorf("%q says %q", slug, err)
			}
		}
		ok(t, h.d.System(ctx, func(s *dbkernel.System) error {
			return dbpeople.Across(s).PutMember(ctx, h.alpha.ID, boss.ID, tenant.Viewer, dbtest.Now)
		}))
		if by := h.as("alpha", boss); by.Role != tenant.Viewer || by.Can(tenant.WriteSessions) {
			t.Errorf("an admin who views: %v", by)
		}
	})
}
