package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func TestUnsafeRequestsNeedTheFormToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	b := w.signedIn("ann")
	token := b.csrf()
	for _, form := range []url.Values{{"slug": {"acme"}}, {"slug": {"acme"}, "csrf": {"wrong"}}} {
		b.post("/team", form).want(t, http.StatusForbidden)
	}
	b.post("/team", url.Values{"slug": {"acme"}}, "X-CSRF-Token", token).want(t, http.StatusSeeOther)
	b.post("/team", url.Values{"slug": {"acme"}, "csrf": {token}}).want(t, http.StatusForbidden)
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *webkit.Options) { o.PublicURL = "http://orc.example.org" })
	w.person("acme", "ann", tenant.Lead)
	good := url.Values{"email": {"ann@example.org"}, "password": {password}}
	for _, h := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		w.browser().post("/login", good, h...).want(t, http.StatusForbidden)
	}
	for _, h := range [][]string{{"Sec-Fetch-Site", "", "Origin", w.base}, {"Sec-Fetch-Site", "", "Origin", "http://orc.example.org"}} {
		w.browser().post("/login", good, h...).want(t, http.StatusSeeOther)
	}
}

func TestAFormOfAnotherTeamChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	w.team("bolt")
	w.team("hidden")
	if err := w.app.People.AddMember(context.Background(), "bolt", "ann@example.org", tenant.Lead); err != nil {
		t.Fatal(err)
	}
	b := w.signedIn("ann")
	form := url.Values{"csrf": {b.csrf()}, "team": {"bolt"}, "name": {"site"}, "path": {"/srv/site"}, "default_branch": {"main"}}
	page := b.post("/t/acme/repositories", form).want(t, http.StatusConflict)
	for _, part := range []string{"Team acme", "Team bolt"} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page does not name %s", part)
		}
	}
	for _, slug := range []string{"acme", "bolt"} {
		if page.doc(t).Find(`a[href="/t/`+slug+`"]`).Length() == 0 {
			t.Errorf("the page has no link to %s", slug)
		}
		rs, err := w.app.Repos.Repositories(context.Background(), w.actor(slug, "ann"))
		if err != nil || len(rs) != 0 {
			t.Errorf("repositories of %s: %v, %v", slug, rs, err)
		}
	}
	form.Set("team", "hidden")
	if page := b.post("/t/acme/repositories", form).want(t, http.StatusConflict); strings.Contains(page.body, "Team hidden") {
		t.Error("the page names a team the person is not in")
	}
	form.Del("team")
	b.post("/t/acme/repositories", form).want(t, http.StatusConflict)
}

func TestOnlyAPostSwitchesTheTeam(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	w.team("bolt")
	if err := w.app.People.AddMember(context.Background(), "bolt", "ann@example.org", tenant.Viewer); err != nil {
		t.Fatal(err)
	}
	b := w.signedIn("ann")
	b.get("/t/bolt").want(t, http.StatusOK)
	if to := b.get("/").Header.Get("Location"); to != "/t/acme" {
		t.Errorf("after a look at bolt, / leads to %q", to)
	}
	b.post("/team", url.Values{"slug": {"bolt"}, "csrf": {b.csrf()}}).want(t, http.StatusSeeOther)
	if to := b.get("/").Header.Get("Location"); to != "/t/bolt" {
		t.Errorf("after switching to bolt, / leads to %q", to)
	}
	b.post("/team", url.Values{"slug": {"hidden"}, "csrf": {b.csrf()}}).want(t, http.StatusNotFound)
}
