package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// A hundred wrong passwords from everywhere slow an account down and never lock it; a browser that signed in before does not wait.
func TestManyWrongPasswordsFromEverywhereOnlySlowDown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "Ann@example.org", "Ann", password, false)
		ok(t, err)
		browser, err := h.app.People.RememberBrowser(ctx, u.ID, "")
		ok(t, err)
		try := func(secret, peer, browser string) error {
			_, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: "ann@EXAMPLE.org", Password: secret, Peer: peer, Browser: browser})
			return err
		}
		refused(t, "the first guess", try("wrong password", "10.0.0.1", ""), fault.Unauthenticated)
		dbtest.Exec(t, h.d, `UPDATE login_failures SET n = 99 WHERE key = 'account:ann@example.org'`) // as after 99 of them
		refused(t, "guess 100", try("wrong password", "10.0.0.2", ""), fault.Unauthenticated)
		if h.waits.Load() != 0 {
			t.Error("somebody waited before a hundred guesses")
		}
		ok(t, try(password, "192.0.2.1", browser))
		if h.waits.Load() != 0 {
			t.Error("a browser that signed in before waits")
		}
		for n, want := range []error{nil, nil, fault.New(fault.Unauthenticated, "")} {
			before := h.waits.Load()
			secret := password
			if want != nil {
				secret = "wrong password"
			}
			if err := try(secret, "192.0.2.2", "another browser"); fault.KindOf(err) != fault.KindOf(want) && want != nil || want == nil && err != nil {
				t.Errorf("after a hundred guesses: %v", err)
			}
			if h.waits.Load()-before != int64(5*time.Second) {
				t.Errorf("sign-in %d waited %v", n, time.Duration(h.waits.Load()-before))
			}
		}
		h.waits.Store(0)
		h.clock.Advance(time.Hour)
		if ok(t, try(password, "192.0.2.3", "")); h.waits.Load() != 0 {
			t.Error("sign-in is still slow an hour later")
		}
	})
}

// Half of an IPv6 address is its owner's choice, so it makes nobody another guesser.
func TestOneNetworkIsOneGuesser(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, err := h.app.People.CreateUser(t.Context(), "ann@example.org", "Ann", password, false)
		ok(t, err)
		try := func(peer string) error {
			_, _, err := h.app.People.SignIn(t.Context(), apppeople.Credentials{Email: "ann@example.org", Password: "wrong password", Peer: peer})
			return err
		}
		for n := range 5 {
			refused(t, fmt.Sprint("guess ", n), try(fmt.Sprintf("2001:db8::%x", n+1)), fault.Unauthenticated)
		}
		refused(t, "a sixth address of the network", try("2001:db8::ffff:1"), fault.Exhausted)
		refused(t, "another network", try("2001:db8:0:1::1"), fault.Unauthenticated)
	})
}

// What is stored of failures is bounded, and a reset or an erasure deletes it for every address.
func TestFailuresOfAnAccountAreDeletedTogether(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		long := strings.Repeat("x", 40_000) + "@example.org"
		_, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: long, Password: "wrong password", Peer: "192.0.2.9"})
		refused(t, "a long address", err, fault.Unauthenticated)
		for _, row := range dbtest.Rows(t, h.d, `SELECT key FROM login_failures`) {
			if len(row) > 400 {
				t.Errorf("a key of %d bytes is stored", len(row))
			}
		}
		ends := map[string]func(apppeople.Credentials) error{
			"a reset": func(c apppeople.Credentials) error {
				u, err := h.app.People.PersonByEmail(ctx, c.Email)
				ok(t, err)
				link, err := h.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID)
				ok(t, err)
				_, err = h.app.People.SetNewPassword(ctx, link, "a wholly new secret", false)
				return err
			},
			"an erasure": func(c apppeople.Credentials) error {
				u, err := h.app.People.PersonByEmail(ctx, c.Email)
				ok(t, err)
				_, err = h.app.People.ErasePerson(ctx, appkernel.Operator(), u.ID)
				return err
			},
		}
		for what, end := range ends {
			name := "u" + strings.ReplaceAll(id.New(), "-", "")
			u, err := h.app.People.CreateUser(ctx, name+"@example.org", "Ann", password, false)
			ok(t, err)
			_, err = h.app.People.RememberBrowser(ctx, u.ID, "")
			ok(t, err)
			for n := range 3 {
				_, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: u.Email, Password: "wrong password", Peer: fmt.Sprintf("192.0.2.%d", n)})
				refused(t, "a wrong password", err, fault.Unauthenticated)
			}
			ok(t, end(apppeople.Credentials{Email: u.Email}))
			for _, row := range dbtest.Rows(t, h.d, `SELECT key FROM login_failures`) {
				if strings.Contains(row, name) {
					t.Errorf("after %s: %s", what, row)
				}
			}
			if got := dbtest.Rows(t, h.d, `SELECT user_id FROM known_browsers WHERE user_id = '`+string(u.ID)+`'`); len(got) != 0 {
				t.Errorf("after %s a browser is remembered", what)
			}
		}
	})
}
