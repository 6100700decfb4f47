package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// fuzzed is a server without a listener and the token of a lead.
func fuzzed(f *testing.F) (*web.Server, string) {
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
	by, err := a.People.ActorByEmail(f.Context(), "alpha", "ann@example.org")
	if err != nil {
		f.Fatal(err)
	}
	text, _, err := a.People.CreateToken(f.Context(), by, "fuzz", apitoken.Manage, nil)
	if err != nil {
		f.Fatal(err)
	}
	return web.New(webkit.Options{App: a, Log: log, PublicURL: "http://localhost", API: api.New(apikit.Options{App: a, Log: log})}), text
}

// Whatever another program sends as a body is answered with JSON and never with a failure; what is refused says so as a problem.
func FuzzBody(f *testing.F) {
	s, token := fuzzed(f)
	for _, seed := range []string{"", "{}", "null", "[]", "0", `"x"`, "{", `{"title":"x"}`, `{"title":1e308,"max_tokens":-1}`, `{"title":"x","title":"y"}`,
		`{"name":"x","kind":"openai","models":[{"id":"a","context":1e400,"output":null}]}`, `{"email":"\u0000","role":"admin"}`, `{"role":"lead","Role":"viewer"}`,
		`{"priority":99999999999999999999}`, `{"metadata":{"a":{"b":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}}}`, "\xff\xfe{}", "{\"text\":\"\xed\xa0\x80\"}",
		`{"url":"ext::sh -c id","credential":"x"}`, `{"initial_prompt":"` + strings.Repeat("p", 3000) + `"}`, `{"host":"*"}`} {
		f.Add(seed)
	}
	var paths []string
	for route := range s.Policies() {
		if method, path, _ := strings.Cut(route, " "); method == http.MethodPost && strings.HasPrefix(path, "/api/v1") {
			paths = append(paths, strings.NewReplacer(":id", id.New(), ":pid", id.New()).Replace(path))
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range paths {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			r.Host = "localhost"
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			resp, err := s.Fiber.Test(r, -1)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode >= 500 || len(text) > 0 && !json.Valid(text) {
				t.Errorf("%s with %q: status %d\n%s", path, body, resp.StatusCode, text)
			}
		}
	})
}
