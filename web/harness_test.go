package web_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
	"github.com/industrial-orchestrator/orchestrator/web"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

const password = "correct horse battery"

// site is where browsers think they are, for passkeys.
const site = "http://localhost"

// world is a running server on a database of its own.
type world struct {
	t    *testing.T
	db   *dbkernel.DB
	app  *app.App
	web  *web.Server
	base string
	// opened is the one address that providers may be asked at.
	opened atomic.Pointer[netguard.Allow]
	// pull is the pull request on the forge of every repository.
	pull forge.PullRequest
	git  *gitHouse
	// sending is closed when a push to the branch endless has begun.
	sending chan struct{}
}

func newWorld(t *testing.T, change ...func(*webkit.Options)) *world {
	t.Helper()
	return newWorldWith(t, nil, change...)
}

// newWorldWith is a world with an identity provider, unless o is nil.
func newWorldWith(t *testing.T, o *apppeople.OIDC, change ...func(*webkit.Options)) *world {
	t.Helper()
	return newWorldOf(t, func(a *app.Options) { a.OIDC = o }, change...)
}

// stopped is a clock that stands still.
type stopped time.Time

func (s stopped) Now() time.Time { return time.Time(s) }

func newWorldOf(t *testing.T, of func(*app.Options), change ...func(*webkit.Options)) *world {
	t.Helper()
	keys, err := secret.LoadOrCreate(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	w := &world{t: t, db: dbtest.Open(t), git: &gitHouse{}, sending: make(chan struct{})}
	a := app.Options{DB: w.db, Hub: hub.New(), Keys: keys, Log: log, PublicURL: site, RepoRoots: map[string][]string{"alpha": {"/srv"}, "beta": {"/srv"}},
		AllowedPath: func(_ []string, path string) (string, error) { return path, nil }, TestProvider: w.testProvider, ConnectForge: w.connectForge, Publisher: w, Trees: func() appwork.Trees { return shelf{} }, Git: w.git}
	of(&a)
	w.app = app.New(a)
	options := webkit.Options{App: w.app, Version: "test", Log: log}
	for _, c := range change {
		c(&options)
	}
	w.web = web.New(options)
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
func (w *world) person(slug, name string, role tenant.Role) user.User {
	w.t.Helper()
	ctx := context.Background()
	u, err := w.app.People.CreateUser(ctx, name+"@example.org", name, password, false)
	if err != nil {
		w.t.Fatal(err)
	}
	if slug != "" {
		w.team(slug)
		if err := w.app.People.AddMember(ctx, slug, u.Email, role); err != nil {
			w.t.Fatal(err)
		}
	}
	return u
}

func (w *world) team(slug string) {
	w.t.Helper()
	_, err := w.app.People.CreateTenant(context.Background(), apppeople.NewTenant(slug, "Team "+slug, time.Now()))
	if err != nil && !strings.Contains(err.Error(), slug) {
		w.t.Fatal(err)
	}
}

func (w *world) actor(slug, name string) tenant.Actor {
	w.t.Helper()
	by, err := w.app.People.ActorByEmail(context.Background(), slug, name+"@example.org")
	if err != nil {
		w.t.Fatal(err)
	}
	return by
}

// browser keeps cookies, does not follow redirects, and sends what a browser sends.
type browser struct {
	w    *world
	http *http.Client
}

func (w *world) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{w, &http.Client{Jar: jar, Timeout: 2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is a browser of somebody whom person made.
func (w *world) signedIn(name string) *browser {
	w.t.Helper()
	b := w.browser()
	r := b.post("/login", url.Values{"email": {name + "@example.org"}, "password": {password}})
	if r.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("sign in as %s: status %d\n%s", name, r.StatusCode, r.body)
	}
	return b
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

func (b *browser) get(path string, header ...string) answer {
	b.w.t.Helper()
	return b.do(b.request(http.MethodGet, path, nil, header...))
}

func (b *browser) post(path string, form url.Values, header ...string) answer {
	b.w.t.Helper()
	r := b.request(http.MethodPost, path, strings.NewReader(form.Encode()), header...)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) request(method, path string, body io.Reader, header ...string) *http.Request {
	b.w.t.Helper()
	r, err := http.NewRequest(method, b.w.base+path, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func (b *browser) do(r *http.Request) answer {
	b.w.t.Helper()
	resp, err := b.http.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return answer{resp, string(text)}
}

// csrf is the token this browser's pages are drawn with.
func (b *browser) csrf() string {
	b.w.t.Helper()
	token, ok := b.get("/account").doc(b.w.t).Find("input[name=csrf]").First().Attr("value")
	if !ok || token == "" {
		b.w.t.Fatal("the account page carries no csrf token")
	}
	return token
}

// act posts a form of a team's page as the page would.
func (b *browser) act(slug, path string, form url.Values, header ...string) answer {
	b.w.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("team", slug)
	form.Set("csrf", b.csrf())
	return b.post("/t/"+slug+path, form, header...)
}

func (a answer) doc(t *testing.T) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.body)
	}
	return a
}

// cookie is the value of the cookie this browser holds.
func (b *browser) cookie() string {
	u, _ := url.Parse(b.w.base)
	for _, c := range b.http.Jar.Cookies(u) {
		if c.Name == "session" {
			return c.Value
		}
	}
	return ""
}
