package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
	"github.com/industrial-orchestrator/orchestrator/web"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// fuzzed is a server without a listener, with a team and its lead.
func fuzzed(f *testing.F) *web.Server {
	f.Helper()
	keys, err := secret.LoadOrCreate(filepath.Join(f.TempDir(), "key"))
	if err != nil {
		f.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	a := app.New(app.Options{DB: dbtest.Open(f), Hub: hub.New(), Keys: keys, Log: log})
	if _, err := a.People.CreateTenant(f.Context(), apppeople.NewTenant("alpha", "Team alpha", time.Now())); err != nil {
		f.Fatal(err)
	}
	if _, err := a.People.CreateUser(f.Context(), "ann@example.org", "Ann", password, false); err != nil {
		f.Fatal(err)
	}
	if err := a.People.AddMember(f.Context(), "alpha", "ann@example.org", tenant.Lead); err != nil {
		f.Fatal(err)
	}
	return web.New(webkit.Options{App: a, Log: log, PublicURL: "http://localhost"})
}

func answerTo(t *testing.T, s *web.Server, r *http.Request) *http.Response {
	t.Helper()
	r.Host = "localhost"
	resp, err := s.Fiber.Test(r, -1)
	if err != nil {
		t.Skip("no request of HTTP") // the server's parser refused it before any of ours
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// Whatever a browser sends as a cookie opens nothing and breaks nothing.
func FuzzCookie(f *testing.F) {
	s := fuzzed(f)
	for _, seed := range []string{"", "session=", "session=x", "session=%00", "session=' OR 1=1 --", "session=" + strings.Repeat("a", 5000), "session=a; session=b",
		"__Host-session=x; session=y", "session=\"quoted\"", "tz=Europe/Berlin", "tz=../../etc/passwd", ";;;=;=", "session=\xff\xfe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cookie string) {
		for _, path := range []string{"/t/alpha", "/account", "/login"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Cookie", cookie)
			resp := answerTo(t, s, r)
			if open := path == "/login"; resp.StatusCode >= 500 || resp.StatusCode == http.StatusOK && !open {
				t.Errorf("%s with the cookie %q: status %d", path, cookie, resp.StatusCode)
			}
		}
	})
}

// Whatever is sent as a form is read or refused, and breaks nothing.
func FuzzForm(f *testing.F) {
	s := fuzzed(f)
	cookie, csrf := signInTo(f, s)
	for _, seed := range []string{"", "title=x&initial_prompt=y", "title=%", "title=%ff%fe&tags=,,,&priority=-1", "max_tokens=1e308&max_cost=NaN&max_minutes=99999999999999999999",
		"repository_id=..%2f..&session_type=none", "model_id=a&model_id=b&model_context=1&model_output=", "email=%00&role=admin", "tokens=-1&cost=0x10&reason=" + strings.Repeat("r", 5000),
		"name=\u202e&url=ext::sh&path=/etc&credential=x", "scope=*&expires=-1", "check_commands=%22%5c"} {
		f.Add(seed)
	}
	paths := []string{"/t/alpha/sessions", "/t/alpha/providers", "/t/alpha/repositories", "/t/alpha/invitations", "/t/alpha/budget/requests", "/account/tokens", "/account/profile"}
	f.Fuzz(func(t *testing.T, form string) {
		for _, path := range paths {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form+"&team=alpha"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Cookie", cookie)
			r.Header.Set("X-CSRF-Token", csrf)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			if resp := answerTo(t, s, r); resp.StatusCode >= 500 {
				t.Errorf("%s with %q: status %d", path, form, resp.StatusCode)
			}
		}
	})
}

// signInTo is the cookie of the lead and the token of forms.
func signInTo(f *testing.F, s *web.Server) (cookie, csrf string) {
	f.Helper()
	r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(url.Values{"email": {"ann@example.org"}, "password": {password}}.Encode()))
	r.Host = "localhost"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.Fiber.Test(r, -1)
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		f.Fatalf("sign in: %v, %v", resp, err)
	}
	cookie = strings.Split(resp.Header.Get("Set-Cookie"), ";")[0]
	page := httptest.NewRequest(http.MethodGet, "/account", nil)
	page.Host = "localhost"
	page.Header.Set("Cookie", cookie)
	if resp, err = s.Fiber.Test(page, -1); err != nil {
		f.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	_, after, _ := strings.Cut(string(text), `name="csrf" value="`)
	csrf, _, _ = strings.Cut(after, `"`)
	return cookie, csrf
}
