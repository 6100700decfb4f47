package bench

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// house is a server in this process with a SQLite database and without an engine.
type house struct {
	b    *testing.B
	db   *dbkernel.DB
	app  *app.App
	base string
}

func newHouse(b *testing.B, file string) *house {
	b.Helper()
	keys, err := secret.LoadOrCreate(filepath.Join(b.TempDir(), "key"))
	check(b, err)
	h := &house{b: b, db: dbtest.Reopen(b, file)}
	h.app = app.New(app.Options{DB: h.db, Hub: hub.New(), Keys: keys, Log: quiet})
	h.listen(web.New(webkit.Options{App: h.app, Version: "bench", Log: quiet, API: api.New(apikit.Options{App: h.app, Version: "bench", Log: quiet})}))
	return h
}

// quiet logs only errors, to keep the table readable.
var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))

func (h *house) listen(s *web.Server) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(h.b, err)
	h.base = "http://" + ln.Addr().String()
	done := make(chan error, 1)
	go func() { done <- s.Fiber.Listener(ln) }()
	h.b.Cleanup(func() {
		h.app.Kernel.Hub.Close()
		check(h.b, s.Fiber.ShutdownWithTimeout(10*time.Second))
		check(h.b, <-done)
	})
}

// browser has one user's cookie and connections.
type browser struct {
	b    *testing.B
	base string
	http *http.Client
}

// signedIn returns a browser in which the user of a seeded field is signed in.
func signedIn(b *testing.B, base string) *browser {
	b.Helper()
	jar, _ := cookiejar.New(nil)
	w := &browser{b, base, &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	form := url.Values{"email": {address}, "password": {password}}.Encode()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, base+"/login", strings.NewReader(form))
	check(b, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := w.http.Do(req)
	check(b, err)
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusSeeOther {
		b.Fatalf("sign in: status %d", res.StatusCode)
	}
	return w
}

// get reads a page completely and returns the time. A wrong response ends the benchmark.
func (w *browser) get(path string) (took time.Duration, body []byte) {
	w.b.Helper()
	begun := time.Now()
	body, status, err := fetch(w.b.Context(), w.http, w.base+path)
	took = time.Since(begun)
	check(w.b, err)
	if status != http.StatusOK || !bytes.Contains(body, []byte("</html>")) {
		w.b.Fatalf("GET %s: status %d, %d bytes", path, status, len(body))
	}
	return took, body
}

func fetch(ctx context.Context, c *http.Client, address string) (body []byte, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	res, err := c.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(res.Body)
	return body, res.StatusCode, err
}
