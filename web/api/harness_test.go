package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

const password = "correct horse battery"

// world is a running server on a database of its own.
type world struct {
	t    *testing.T
	db   *dbkernel.DB
	app  *app.App
	web  *web.Server
	base string
	file string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldLogging(t, slog.New(slog.NewTextHandler(t.Output(), nil)))
}

func newWorldLogging(t *testing.T, log *slog.Logger) *world {
	t.Helper()
	return newWorldAt(t, log, clock.Real{})
}

// newWorldAt gives the API a clock of its own.
func newWorldAt(t *testing.T, log *slog.Logger, at clock.Clock) *world {
	t.Helper()
	keys, err := secret.LoadOrCreate(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	file := dbtest.File(t)
	d := dbtest.Reopen(t, file)
	a := app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys, Log: log, RepoRoots: map[string][]string{"alpha": {"/srv"}, "beta": {"/srv"}},
		AllowedPath: func(_ []string, path string) (string, error) { return path, nil }, Publisher: pushes{}, WritableRoots: map[string][]string{"alpha": {"/srv"}},
		TestProvider: func(_ context.Context, p provider.Provider, key string) provider.Test {
			return provider.Test{OK: key == "sk-secret", Status: 200, LatencyMS: 3, Model: p.Models[0].ID, Message: "It answers."}
		}})
	w := &world{t: t, db: d, app: a, file: file, web: web.New(webkit.Options{App: a, Version: "test", Log: log, API: api.New(apikit.Options{App: a, Version: "test", Clock: at, Log: log})})}
	w.listen()
	return w
}

func (w *world) listen() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.base = "http://" + ln.Addr().String()
	done := make(chan error, 1)
	go func() { done <- w.web.Fiber.Listener(ln) }()
	w.t.Cleanup(func() {
		w.app.Kernel.Hub.Close()
		if err := w.web.Fiber.ShutdownWithTimeout(5 * time.Second); err != nil {
			w.t.Errorf("shut down: %v", err)
		}
		if err := <-done; err != nil {
			w.t.Errorf("listen: %v", err)
		}
	})
}

// person makes somebody with a role in a team, and the team where it is new.
func (w *world) person(slug, name string, role tenant.Role) tenant.Actor {
	w.t.Helper()
	ctx := context.Background()
	if _, err := w.app.People.CreateTenant(ctx, apppeople.NewTenant(slug, "Team "+slug, time.Now())); err != nil && fault.KindOf(err) == fault.Internal {
		w.t.Fatal(err)
	}
	if _, err := w.app.People.CreateUser(ctx, name+"@example.org", name, password, false); err != nil {
		w.t.Fatal(err)
	}
	if err := w.app.People.AddMember(ctx, slug, name+"@example.org", role); err != nil {
		w.t.Fatal(err)
	}
	by, err := w.app.People.ActorByEmail(ctx, slug, name+"@example.org")
	if err != nil {
		w.t.Fatal(err)
	}
	return by
}

// client is another program with a token.
type client struct {
	w       *world
	by      tenant.Actor
	token   string
	tokenID string
}

func (w *world) client(by tenant.Actor, scope apitoken.Scope) *client {
	w.t.Helper()
	text, t, err := w.app.People.CreateToken(context.Background(), by, "test", scope, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &client{w, by, text, t.ID}
}

// crew is a team's programs: one for each role, and one of the lead's that may only read.
type crew struct{ lead, member, viewer, reader *client }

func (w *world) crew(slug string) crew {
	w.t.Helper()
	lead := w.person(slug, "lead-"+slug, tenant.Lead)
	return crew{w.client(lead, apitoken.Manage), w.client(w.person(slug, "member-"+slug, tenant.Member), apitoken.Manage),
		w.client(w.person(slug, "viewer-"+slug, tenant.Viewer), apitoken.Manage), w.client(lead, apitoken.Read)}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body string
}

// ask sends a request; a body that is no string is sent as JSON. Headers are pairs.
func (c *client) ask(method, path string, body any, header ...string) reply {
	c.w.t.Helper()
	return c.do(c.request(method, path, body, header...))
}

func (c *client) do(r *http.Request) reply {
	c.w.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.w.t.Fatal(err)
	}
	return reply{resp, string(text)}
}

func (c *client) request(method, path string, body any, header ...string) *http.Request {
	c.w.t.Helper()
	text, ok := body.(string)
	if body != nil && !ok {
		b, err := json.Marshal(body)
		if err != nil {
			c.w.t.Fatal(err)
		}
		text = string(b)
	}
	r, err := http.NewRequest(method, c.w.base+"/api/v1"+path, strings.NewReader(text))
	if err != nil {
		c.w.t.Fatal(err)
	}
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func (c *client) get(path string, header ...string) reply {
	c.w.t.Helper()
	return c.ask(http.MethodGet, path, nil, header...)
}

func (c *client) post(path string, body any, header ...string) reply {
	c.w.t.Helper()
	return c.ask(http.MethodPost, path, body, header...)
}

func (r reply) want(t *testing.T, status int) reply {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", r.Request.Method, r.Request.URL, r.StatusCode, status, r.body)
	}
	return r
}

// as reads a body as T.
func as[T any](t *testing.T, r reply) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%s %s: %v in %s", r.Request.Method, r.Request.URL, err, r.body)
	}
	return v
}
