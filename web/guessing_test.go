package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func credentials(name, secret string) url.Values {
	return url.Values{"email": {name + "@example.org"}, "password": {secret}}
}

// Wrong passwords from one address pause that address for the account, and nobody else.
func TestStrangersCannotLockAPersonOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, behindProxy)
	w.person("acme", "ann", tenant.Lead)
	for range 6 {
		w.browser().post("/login", credentials("ann", "wrong password"), "X-Forwarded-For", "203.0.113.5")
	}
	w.browser().post("/login", credentials("ann", password), "X-Forwarded-For", "203.0.113.5").want(t, http.StatusTooManyRequests)
	w.browser().post("/login", credentials("ann", password), "X-Forwarded-For", "198.51.100.7").want(t, http.StatusSeeOther)
}

// A browser that signed in before signs in again, whatever others at its address did; another one there does not.
func TestABrowserThatSignedInBeforeIsNotSlowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	w.person("acme", "bob", tenant.Lead)
	hers, his := w.signedIn("ann"), w.signedIn("bob")
	for _, b := range []*browser{hers, his} {
		b.post("/logout", url.Values{"csrf": {b.csrf()}}).want(t, http.StatusSeeOther)
	}
	for range 6 {
		w.browser().post("/login", credentials("ann", "wrong password"))
	}
	w.browser().post("/login", credentials("ann", password)).want(t, http.StatusTooManyRequests)
	his.post("/login", credentials("ann", password)).want(t, http.StatusTooManyRequests) // it proves nothing about ann
	hers.post("/login", credentials("ann", password)).want(t, http.StatusSeeOther)
	hers.post("/logout", url.Values{"csrf": {hers.csrf()}}).want(t, http.StatusSeeOther)
	for n := range 35 {
		w.guess(n)
	}
	his.post("/login", credentials("bob", password)).want(t, http.StatusSeeOther) // the address is paused, his browser is not
	// Its own wrong passwords count.
	for range 5 {
		hers.post("/login", credentials("ann", "wrong password")).want(t, http.StatusUnauthorized)
	}
	hers.post("/login", credentials("ann", password)).want(t, http.StatusTooManyRequests)
}

// The proof is a cookie that scripts cannot read, is different after each sign-in, and ends when a password is reset.
func TestTheProofOfABrowserIsWellKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("acme", "ann", tenant.Lead)
	b := w.browser()
	proof := func() string {
		t.Helper()
		for _, c := range b.post("/login", credentials("ann", password)).want(t, http.StatusSeeOther).Cookies() {
			if c.Name == "browser" {
				if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || len(c.Value) < 32 {
					t.Errorf("the cookie is %+v", c)
				}
				return c.Value
			}
		}
		t.Fatal("no cookie proves that this browser signed in")
		return ""
	}
	first, second := proof(), proof()
	if first == second {
		t.Error("the proof is the same after another sign-in, so one that was planted would be valid")
	}
	if got := dbtest.Rows(t, w.db, `SELECT token_hash FROM known_browsers`); len(got) != 1 || got[0] == second {
		t.Errorf("stored: %v", got)
	}
	if _, err := w.app.People.ResetPerson(t.Context(), tenant.Actor{Admin: true, Name: "admin"}, u.ID); err != nil {
		t.Fatal(err)
	}
	if got := dbtest.Rows(t, w.db, `SELECT token_hash FROM known_browsers`); len(got) != 0 {
		t.Errorf("after a reset: %v", got)
	}
}

// Who has a person's open browser guesses the password no more often than at sign-in, and the audit log has it.
func TestTheCurrentPasswordIsNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("acme", "ann", tenant.Lead)
	b, other := w.signedIn("ann"), w.signedIn("ann")
	form := func(old string) url.Values {
		return url.Values{"old_password": {old}, "password": {"a wholly new secret"}}
	}
	for n := range 5 {
		d := b.own("/password", form("wrong password")).want(t, http.StatusUnprocessableEntity).doc(t)
		if text := d.Find("#f-old_password-fault").Text(); !strings.HasPrefix(text, "This is not your current password.") || n == 4 && !strings.Contains(text, "15 minutes") {
			t.Errorf("attempt %d says %q", n+1, text)
		}
	}
	for _, b := range []*browser{b, other} {
		if d := b.own("/password", form(password)).want(t, http.StatusTooManyRequests).doc(t); d.Find("#f-old_password-fault").Length() == 0 {
			t.Error("it is not said beside the password")
		}
		b.own("/factors/app", url.Values{"password": {password}}).want(t, http.StatusTooManyRequests) // one limit for all that asks for it
	}
	w.browser().post("/login", credentials("ann", password)).want(t, http.StatusSeeOther) // which is not that of sign-in
	got := dbtest.Rows(t, w.db, `SELECT actor_id || ' ' || result || ' ' || peer FROM instance_audit WHERE verb = 'change_password' AND object_id = '`+string(u.ID)+`'`)
	if len(got) == 0 || got[0] != string(u.ID)+" refused 127.0.0.1" {
		t.Errorf("the audit log has %q", got)
	}
}

// An address that guessed passwords does not end the second step of somebody there who knows theirs.
func TestAPausedAddressDoesNotEndTheSecondStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	_, recovery := w.signedIn("ann").withApp()
	half := w.half("ann")
	for n := range 35 {
		w.guess(n)
	}
	half.post("/login/second", url.Values{"code": {recovery[0]}}).want(t, http.StatusSeeOther)
}
