package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// canaries are secrets by kind. None may appear outside its proper place.
type canaries map[string]string

// forms are the encodings in which a secret could appear.
func forms(secret string) []string {
	return []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret))}
}

// absent fails if a place contains one of the canaries, except those that belong there.
func (c canaries) absent(t *testing.T, place string, text []byte, belongs ...string) {
	t.Helper()
next:
	for name, secret := range c {
		for _, b := range belongs {
			if name == b {
				continue next
			}
		}
		for _, form := range forms(secret) {
			if at := bytes.Index(text, []byte(form)); at >= 0 {
				t.Errorf("the %s is in %s: …%q…", name, place, bytes.ReplaceAll(text[max(0, at-60):at+4], []byte(secret), []byte("***")))
				break
			}
		}
	}
}

// look lets the agent print everything that it can read about other processes.
const look = `sh -c "env; cat /proc/self/environ /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'; git remote -v; cat "$(git rev-parse --git-dir)/config"; true"`

// T-38, T-39: a secret appears only where it is used, and in no log, stored data, page, response, event, audit entry or metric, and in
// no child's command line or environment.
func TestT38CanariesAreSeenNowhere(t *testing.T) {
	t.Parallel()
	echo := echoing(t)
	w := newWorld(t, "--allow-net", echo)
	setUp := w.srv.out.await(t, w.srv, regexp.MustCompile(`/setup/(\S+)`))[1]
	m := w.newTeam("acme", 10)
	c := canaries{"password": password, "wrong password": "canary-wrong-8d2f71", "API token": m.token, "provider's key": modelKey,
		"repository's credential": "canary-credential-77aa10", "new key": "canary-new-key-90bb21", "set-up link": setUp}
	var answers [][]byte
	try := func(method, path string, body any) {
		answers = append(answers, m.ask(method, path, body).body)
	}
	try(http.MethodPost, "/repositories", map[string]any{"name": "closed", "url": "https://git.invalid/x", "credential": c["repository's credential"]})
	try(http.MethodPost, "/repositories", map[string]any{"name": "bad", "url": "https://u:" + c["repository's credential"] + "@git.invalid/x", "credential": c["repository's credential"]})
	try(http.MethodPost, "/model-providers", map[string]any{"name": "BAD NAME", "kind": "openai", "api_key": c["new key"], "models": []any{}})
	try(http.MethodPost, "/model-providers", map[string]any{"name": "other", "kind": "openai", "base_url": "https://api.invalid/v1", "api_key": c["new key"], "models": []any{map[string]any{"id": "m", "context": 90_000, "output": 9}}})
	id := m.run("Look around", turns("Look.", map[string]any{"tools": bash(look)}, map[string]any{"text": "done"}), nil)
	m.reply(id, m.asked(id), "once")
	w.ownedByAgents(c)
	m.becomes(id, 90*time.Second, "completed", "partially_completed")
	try(http.MethodPost, "/model-providers", map[string]any{"name": "echo", "kind": "openai_compatible", "base_url": "http://" + echo + "/v1", "api_key": c["new key"],
		"models": []any{map[string]any{"id": "m", "context": 128000, "output": 8192}}})
	failed := m.run("Be refused", "Ask.", map[string]any{"model_identifier": "echo/m"})
	m.becomes(failed, 90*time.Second, "failed", "pending")
	w.signInBadly(c)
	b := w.signedIn(c)
	answers = append(answers, w.crawl(b, c)...)
	for _, path := range []string{"/me", "/model-providers", "/repositories", "/sessions", "/audit", "/openapi.json", "/nowhere"} {
		try(http.MethodGet, path, nil)
	}
	for _, s := range []string{id, failed} {
		for _, path := range []string{"", "/events?limit=200", "/messages", "/permissions", "/diff", "/patch", "/checks"} {
			try(http.MethodGet, "/sessions/"+s+path, nil)
		}
	}
	for _, text := range answers {
		c.absent(t, "an answer", text)
	}
	w.searchChildren(c)
	w.stop()
	log, _ := w.srv.out.snapshot()
	c.absent(t, "the log", bytes.Replace(log, []byte("/setup/"+setUp), nil, 1)) // it is printed once, for the operator
	w.searchData(c)
}

// echoing is a provider that rejects every key and includes it in the message, as some do.
func echoing(t *testing.T) (address string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":{"message":"Incorrect API key provided: ` + r.Header.Get("Authorization") + `."}}`))
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

var gatewayKey = regexp.MustCompile(`gw-[0-9a-f-]{36}-[0-9a-f]{64}`)

// ownedByAgents adds the secrets of a team's agent process.
func (w *world) ownedByAgents(c canaries) {
	w.t.Helper()
	for _, pid := range w.agents() {
		c["agent's password"], c["gateway's key"] = secretsOf(pid)
	}
	if c["agent's password"] == "" || c["gateway's key"] == "" {
		w.t.Error("the agent's process was not found")
	}
}

// form posts a form like the sign-in page.
func (w *world) form(b *http.Client, path string, values url.Values) *http.Response {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := b.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}

func (w *world) signInBadly(c canaries) {
	w.t.Helper()
	w.form(patient, "/login", url.Values{"email": {"acme@example.org"}, "password": {c["wrong password"]}})
	if res, err := patient.Get(w.url + "/setup/" + c["set-up link"]); err == nil {
		_ = res.Body.Close()
	}
}

// signedIn is a browser of the lead. Its cookie is also a canary.
func (w *world) signedIn(c canaries) *http.Client {
	w.t.Helper()
	jar, _ := cookiejar.New(nil)
	b := &http.Client{Jar: jar, Timeout: 120 * time.Second}
	w.form(b, "/login", url.Values{"email": {"acme@example.org"}, "password": {password}})
	at, _ := url.Parse(w.url)
	for _, k := range jar.Cookies(at) {
		c["cookie"] = k.Value
	}
	if c["cookie"] == "" {
		w.t.Fatal("the lead could not sign in")
	}
	return b
}

var href = regexp.MustCompile(`(?:href|hx-get)="(/[^"#]*)"`)

// crawl reads every page that is reachable by links from the lead's team.
func (w *world) crawl(b *http.Client, c canaries) (pages [][]byte) {
	w.t.Helper()
	todo, seen := []string{"/t/acme", "/t/acme/audit", "/account", "/nowhere", "/metrics"}, map[string]bool{}
	for len(todo) > 0 && len(seen) < 300 {
		path := strings.ReplaceAll(todo[0], "&amp;", "&")
		todo = todo[1:]
		if seen[path] || strings.HasPrefix(path, "/static") || strings.Contains(path, "/stream") {
			continue
		}
		seen[path] = true
		res, err := b.Get(w.url + path)
		if err != nil {
			w.t.Fatal(err)
		}
		var page bytes.Buffer
		_, _ = page.ReadFrom(res.Body)
		_ = res.Body.Close()
		pages = append(pages, page.Bytes())
		for _, m := range href.FindAllSubmatch(page.Bytes(), -1) {
			todo = append(todo, string(m[1]))
		}
	}
	if len(seen) < 15 {
		w.t.Errorf("only %d pages were found", len(seen))
	}
	return pages
}

// searchChildren searches the command line and environment of every child process.
func (w *world) searchChildren(c canaries) {
	w.t.Helper()
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	found := 0
	for _, dir := range dirs {
		env, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil || !bytes.Contains(env, []byte(w.dir)) {
			continue
		}
		found++
		argv, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		c.absent(w.t, "a child's command line", argv)
		c.absent(w.t, "a child's environment", env)
	}
	if found == 0 {
		w.t.Error("no child was found")
	}
}

// searchData searches all files that the server and its agents left.
func (w *world) searchData(c canaries) {
	w.t.Helper()
	err := filepath.WalkDir(filepath.Join(w.dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			c.absent(w.t, strings.TrimPrefix(path, w.dir), text)
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
}
