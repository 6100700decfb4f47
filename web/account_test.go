package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// own posts a form of the account page as the page would.
func (b *browser) own(path string, form url.Values) answer {
	b.w.t.Helper()
	form.Set("csrf", b.csrf())
	form.Set("team", "")
	return b.post("/account"+path, form)
}

func TestTheProfileIsSavedOrRefusedBesideItsInputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Viewer)
	b := w.signedIn("ann")
	d := b.own("/profile", url.Values{"name": {""}, "theme": {"dark"}, "time_zone": {"Helsinki"}}).want(t, http.StatusUnprocessableEntity).doc(t)
	if d.Find("#f-name-fault").Length() == 0 {
		t.Error("an empty name is not refused beside its input")
	}
	d = b.own("/profile", url.Values{"name": {"Ann A."}, "theme": {"dark"}, "time_zone": {"Helsinki"}}).want(t, http.StatusUnprocessableEntity).doc(t)
	if d.Find("#f-name").AttrOr("value", "") != "Ann A." || d.Find("#f-time_zone").AttrOr("value", "") != "Helsinki" || d.Find("#f-time_zone-fault").Length() == 0 {
		t.Error("a refused profile does not keep what was typed with its fault")
	}
	to := b.own("/profile", url.Values{"name": {"Ann A."}, "theme": {"dark"}, "time_zone": {"Europe/Helsinki"}}).want(t, http.StatusSeeOther).Header.Get("Location")
	d = b.get(to).want(t, http.StatusOK).doc(t)
	if d.Find("html").AttrOr("data-theme", "") != "dark" || d.Find("#f-time_zone").AttrOr("value", "") != "Europe/Helsinki" || !strings.Contains(d.Find("#toasts").Text(), "Profile saved.") {
		t.Error("the saved profile does not show")
	}
	if got := b.get("/account?done=<b>you+won").doc(t).Find("#toasts").Text(); strings.TrimSpace(got) != "" {
		t.Errorf("an address puts %q on the page", got)
	}
}

func TestANewPasswordEndsTheOtherLogins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Viewer)
	here, there := w.signedIn("ann"), w.signedIn("ann")
	const fresh = "a wholly new secret"
	for input, form := range map[string]url.Values{"old_password": {"old_password": {"not it at all"}, "password": {fresh}}, "password": {"old_password": {password}, "password": {"short"}}} {
		r := here.own("/password", form).want(t, http.StatusUnprocessableEntity)
		if d := r.doc(t); d.Find("#f-"+input+"-fault").Length() == 0 || d.Find("#f-"+input).AttrOr("value", "") != "" {
			t.Errorf("the fault of %s does not stand beside its empty input", input)
		}
		if strings.Contains(r.body, fresh) || strings.Contains(r.body, "not it at all") {
			t.Error("a refused form sends a password back")
		}
	}
	there.get("/account").want(t, http.StatusOK)
	to := here.own("/password", url.Values{"old_password": {password}, "password": {fresh}}).want(t, http.StatusSeeOther).Header.Get("Location")
	if d := here.get(to).want(t, http.StatusOK).doc(t); d.Find(`form[action^="/account/logins/"]`).Length() != 1 {
		t.Error("the other login is still listed")
	}
	there.get("/account").want(t, http.StatusSeeOther)
	w.browser().post("/login", url.Values{"email": {"ann@example.org"}, "password": {password}}).want(t, http.StatusUnauthorized)
	w.browser().post("/login", url.Values{"email": {"ann@example.org"}, "password": {fresh}}).want(t, http.StatusSeeOther)
}

func TestLoginsAreOnesOwnToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Viewer)
	bob := w.person("acme", "bob", tenant.Lead)
	b, his := w.signedIn("ann"), w.signedIn("bob")
	theirs := must(w.app.People.Logins(t.Context(), bob.ID))(t)[0]
	b.own("/logins/"+theirs.ID+"/revoke", url.Values{})
	his.get("/account").want(t, http.StatusOK)
	d := b.get("/account").doc(t)
	if n := d.Find(`form[action^="/account/logins/"]`).Length(); n != 1 || !strings.Contains(d.Find("main").Text(), "this browser") {
		t.Errorf("ann sees %d logins, or not which is hers here", n)
	}
	own := strings.TrimPrefix(d.Find(`form[action^="/account/logins/"]`).AttrOr("action", ""), "/account")
	if to := b.own(own, url.Values{}).want(t, http.StatusSeeOther).Header.Get("Location"); to != "/login" {
		t.Errorf("ending this login leads to %q", to)
	}
	b.get("/account").want(t, http.StatusSeeOther)
}

func TestATokenIsShownOnceWorksAndIsRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	w.person("acme", "bob", tenant.Lead)
	b := w.signedIn("ann")
	until := time.Now().UTC().AddDate(0, 1, 0).Format(time.DateOnly)
	form := url.Values{"slug": {"acme"}, "name": {"nightly build"}, "scope": {"run"}, "expires": {until}}
	text := b.own("/tokens", form).want(t, http.StatusCreated).doc(t).Find("#new-token").Text()
	by := must(w.app.People.ActorForToken(t.Context(), text))(t)
	if by.Slug != "acme" || by.Role != tenant.Member {
		t.Errorf("the token acts as %s", by)
	}
	again := b.get("/account").want(t, http.StatusOK)
	d := again.doc(t)
	if strings.Contains(again.body, text) || !strings.Contains(d.Find("tbody").First().Text(), "nightly build") {
		t.Error("the token's text is shown again, or its name is not")
	}
	revoke := d.Find(`form[action^="/account/tokens/"][action$="/revoke"]`)
	path := strings.TrimPrefix(revoke.AttrOr("action", ""), "/account")
	w.signedIn("bob").own(path, url.Values{"slug": {"acme"}}).want(t, http.StatusNotFound)
	must(w.app.People.ActorForToken(t.Context(), text))(t)
	b.own(path, url.Values{"slug": {revoke.Find("input[name=slug]").AttrOr("value", "")}}).want(t, http.StatusSeeOther)
	if _, err := w.app.People.ActorForToken(t.Context(), text); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a revoked token answers %v", err)
	}
	if b.get("/account").doc(t).Find(`form[action^="/account/tokens/"]`).Length() != 0 {
		t.Error("a revoked token is still listed")
	}
}

func TestARefusedTokenKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("acme", "ann", tenant.Lead)
	w.person("hidden", "bob", tenant.Lead)
	b := w.signedIn("ann")
	d := b.own("/tokens", url.Values{"slug": {"acme"}, "name": {"ci"}, "scope": {"manage"}, "expires": {"2020-01-01"}}).want(t, http.StatusUnprocessableEntity).doc(t)
	if d.Find("#t-expires-fault").Length() == 0 || d.Find("#t-name").AttrOr("value", "") != "ci" || d.Find("#t-scope option[selected]").AttrOr("value", "") != "manage" {
		t.Error("a refused token does not keep what was typed with its fault")
	}
	if d := b.own("/tokens", url.Values{"slug": {"acme"}, "name": {""}, "scope": {"read"}}).want(t, http.StatusUnprocessableEntity).doc(t); d.Find("#t-name-fault").Length() == 0 || d.Find("#f-name-fault").Length() != 0 {
		t.Error("the fault of a token's name stands beside another input")
	}
	b.own("/tokens", url.Values{"slug": {"hidden"}, "name": {"ci"}, "scope": {"read"}}).want(t, http.StatusNotFound)
	by := must(w.app.People.ActorFor(t.Context(), u, "acme"))(t)
	if ts := must(w.app.People.Tokens(t.Context(), by))(t); len(ts) != 0 {
		t.Errorf("%d tokens were made", len(ts))
	}
}

func TestTheAccountPageWorksInNoTeam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("", "ann", "")
	d := w.signedIn("ann").get("/account").want(t, http.StatusOK).doc(t)
	if !strings.Contains(d.Find(".empty").Text(), "You aren't in a team.") || d.Find(`form[action="/account/profile"]`).Length() != 1 || d.Find(`form[action="/account/tokens"]`).Length() != 0 {
		t.Error("a person in no team does not find an account page that says so")
	}
}

// A new password leaves API tokens working, says so, and offers to revoke them; where there are none it offers nothing.
func TestANewPasswordOffersToRevokeTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("acme", "ann", tenant.Lead)
	w.person("acme", "bob", tenant.Lead)
	w.team("bolt")
	if err := w.app.People.AddMember(t.Context(), "bolt", "ann@example.org", tenant.Viewer); err != nil {
		t.Fatal(err)
	}
	b := w.signedIn("ann")
	if b.get("/account").doc(t).Find(`input[name="revoke_tokens"]`).Length() != 0 {
		t.Error("tokens are offered to be revoked where there are none")
	}
	mint := func(slug string, name string) string {
		by := w.actor(slug, name)
		text, _, err := w.app.People.CreateToken(t.Context(), by, "ci", apitoken.Read, nil)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	works := func(text string) bool {
		_, err := w.app.People.ActorForToken(t.Context(), text)
		return err == nil
	}
	one, two, his := mint("acme", "ann"), mint("bolt", "ann"), mint("acme", "bob")
	form := b.get("/account").doc(t).Find(`form[action="/account/password"]`)
	if text := form.Text(); !strings.Contains(text, "Also revoke my 2 API tokens") || !strings.Contains(text, "API tokens keep working after you change your password") {
		t.Errorf("the form says %q", text)
	}
	b.own("/password", url.Values{"old_password": {password}, "password": {"a wholly new secret"}}).want(t, http.StatusSeeOther)
	if !works(one) || !works(two) {
		t.Error("tokens were revoked without being asked to")
	}
	b.own("/password", url.Values{"old_password": {"wrong password"}, "password": {"another new secret"}, "revoke_tokens": {"1"}}).want(t, http.StatusUnprocessableEntity)
	if !works(one) {
		t.Error("a wrong password revokes tokens")
	}
	to := b.own("/password", url.Values{"old_password": {"a wholly new secret"}, "password": {"another new secret"}, "revoke_tokens": {"1"}}).want(t, http.StatusSeeOther).Header.Get("Location")
	if works(one) || works(two) || !works(his) {
		t.Error("not exactly the person's own tokens were revoked")
	}
	if got := b.get(to).doc(t).Find("#toasts").Text(); !strings.Contains(got, "your API tokens were revoked") {
		t.Errorf("it is confirmed with %q", got)
	}
	if got := dbtest.Rows(t, w.db, `SELECT detail FROM audit WHERE verb = 'revoke_token' AND actor_id = '`+string(u.ID)+`'`); len(got) != 2 {
		t.Errorf("the teams' audit logs have %q", got)
	}
	// A reset link offers the same.
	three := mint("acme", "ann")
	link := must(w.app.People.ResetPerson(t.Context(), tenant.Actor{Admin: true, Name: "admin"}, u.ID))(t)
	if w.browser().get("/reset/"+link).doc(t).Find(`input[name="revoke_tokens"]`).Length() != 1 {
		t.Error("the page of a reset link does not offer it")
	}
	w.browser().post("/reset/"+link, url.Values{"password": {"a third new secret"}, "revoke_tokens": {"1"}}).want(t, http.StatusSeeOther)
	if works(three) {
		t.Error("a reset does not revoke a token")
	}
}
