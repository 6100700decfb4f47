package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func TestSetUpMakesTheFirstTeamAndSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	if d := b.get("/").want(t, http.StatusOK).doc(t); !strings.Contains(d.Text(), "set-up link") {
		t.Errorf("an instance without people does not say where its set-up link is: %s", d.Text())
	}
	token, err := w.app.People.NewSetupLink(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b.get("/setup/"+token).want(t, http.StatusOK)
	form := url.Values{"name": {"Ann"}, "email": {"ann@example.org"}, "password": {"short"}, "team_name": {"Acme"}, "team_slug": {"acme"}}
	d := b.post("/setup/"+token, form).want(t, http.StatusUnprocessableEntity).doc(t)
	if v, _ := d.Find("input[name=email]").Attr("value"); v != "ann@example.org" {
		t.Errorf("the input was not kept: e-mail is %q", v)
	}
	if !strings.Contains(d.Text(), "at least 12 characters") {
		t.Error("the fault of the password is not shown")
	}
	form.Set("password", password)
	if to := b.post("/setup/"+token, form).want(t, http.StatusSeeOther).Header.Get("Location"); to != "/t/acme" {
		t.Errorf("set-up lands on %q", to)
	}
	b.get("/t/acme").want(t, http.StatusOK)
	w.browser().get("/setup/"+token).want(t, http.StatusForbidden)
	w.browser().post("/setup/"+token, form).want(t, http.StatusForbidden)
}

func TestSignInKeepsTheAddressAndRenewsTheCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	b := w.browser()
	to := b.get("/t/acme/sessions?q=x").want(t, http.StatusSeeOther).Header.Get("Location")
	if to != "/login?next=%2Ft%2Facme%2Fsessions%3Fq%3Dx" {
		t.Fatalf("a stranger is sent to %q", to)
	}
	if b.cookie() != "" {
		t.Error("a stranger got a cookie: bots would fill the table")
	}
	d := b.get(to).want(t, http.StatusOK).doc(t)
	next, _ := d.Find("input[name=next]").Attr("value")
	if next != "/t/acme/sessions?q=x" {
		t.Errorf("the sign-in form forgot the address: %q", next)
	}
	wrong := b.post("/login", url.Values{"email": {"ann@example.org"}, "password": {"not it at all"}, "next": {next}}).want(t, http.StatusUnauthorized)
	if v, _ := wrong.doc(t).Find("input[name=email]").Attr("value"); v != "ann@example.org" {
		t.Errorf("the e-mail was not kept: %q", v)
	}
	right := b.post("/login", url.Values{"email": {"ann@example.org"}, "password": {password}, "next": {next}}).want(t, http.StatusSeeOther)
	if got := right.Header.Get("Location"); got != next {
		t.Errorf("signing in leads to %q, want %q", got, next)
	}
}

func TestACookieFromBeforeIsWorthNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	w.person("", "nobody", "")
	b := w.signedIn("ann")
	first := b.cookie()
	b.post("/team", url.Values{"slug": {"acme"}, "csrf": {b.csrf()}}).want(t, http.StatusSeeOther)
	second := b.cookie()
	b.post("/account/password", url.Values{"old_password": {password}, "password": {password + "!"}, "csrf": {b.csrf()}}).want(t, http.StatusSeeOther)
	third := b.cookie()
	if first == second || second == third || third == "" {
		t.Fatalf("cookies %q, %q, %q: a team switch and a new password must rename them", first, second, third)
	}
	for _, old := range []string{first, second, "planted-by-somebody"} {
		w.browser().get("/t/acme", "Cookie", "session="+old).want(t, http.StatusSeeOther)
	}
	b.get("/t/acme").want(t, http.StatusOK)
}

func TestARevokedLoginIsOutAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("acme", "ann", tenant.Lead)
	here, there := w.signedIn("ann"), w.signedIn("ann")
	there.get("/t/acme").want(t, http.StatusOK)
	logins, err := w.app.People.Logins(context.Background(), u.ID)
	if err != nil || len(logins) != 2 {
		t.Fatalf("logins: %v, %v", logins, err)
	}
	for _, l := range logins {
		if d := here.get("/account").doc(t); d.Find(`form[action="/account/logins/`+l.ID+`/revoke"]`).Length() == 0 {
			t.Errorf("login %s cannot be ended from the account page", l.ID)
		}
	}
	other := logins[0]
	if r := here.post("/account/logins/"+other.ID+"/revoke", url.Values{"csrf": {here.csrf()}}); r.Header.Get("Location") == "/login" {
		here, there = there, here
	}
	there.get("/t/acme").want(t, http.StatusSeeOther)
	here.get("/t/acme").want(t, http.StatusOK)
}

func TestSigningOutEndsTheLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("acme", "ann", tenant.Lead)
	b := w.signedIn("ann")
	held := b.cookie()
	b.post("/logout", url.Values{"csrf": {b.csrf()}}).want(t, http.StatusSeeOther)
	w.browser().get("/account", "Cookie", "session="+held).want(t, http.StatusSeeOther)
	if logins, err := w.app.People.Logins(context.Background(), u.ID); err != nil || len(logins) != 0 {
		t.Errorf("logins after signing out: %v, %v", logins, err)
	}
}

func TestAPersonInNoTeamIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("", "ann", "")
	d := w.signedIn("ann").get("/").want(t, http.StatusOK).doc(t)
	if !strings.Contains(d.Text(), "in a team yet") {
		t.Errorf("the page does not say that there is no team: %s", d.Text())
	}
}

func TestTheCookieFollowsThePublicScheme(t *testing.T) {
	t.Parallel()
	for publicURL, want := range map[string]struct {
		prefix string
		secure bool
	}{"https://orc.example.org": {"__Host-session=", true}, "http://orc.example.org": {"session=", false}, "": {"session=", false}} {
		w := newWorld(t, func(o *webkit.Options) { o.PublicURL = publicURL })
		w.person("acme", "ann", tenant.Lead)
		r := w.browser().post("/login", url.Values{"email": {"ann@example.org"}, "password": {password}}).want(t, http.StatusSeeOther)
		set := r.Header.Values("Set-Cookie")
		slices.Sort(set)
		for i, name := range []string{"browser=", "session="} {
			if prefix := strings.Replace(want.prefix, "session=", name, 1); len(set) != 2 || !strings.HasPrefix(set[i], prefix) {
				t.Fatalf("on %q the cookies are %q, not %s", publicURL, set, prefix)
			}
			checkCookie(t, publicURL, set[i], want.secure)
		}
		if hsts := r.Header.Get("Strict-Transport-Security") != ""; hsts != want.secure {
			t.Errorf("on %q HSTS is %t", publicURL, hsts)
		}
	}
}

func checkCookie(t *testing.T, publicURL, set string, secure bool) {
	t.Helper()
	if strings.Contains(set, "Secure") != secure || !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") ||
		!strings.Contains(set, "Path=/") || strings.Contains(set, "Domain") {
		t.Errorf("on %q the cookie is %q", publicURL, set)
	}
}
