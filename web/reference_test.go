package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// reading is a server without a database, which the page about the API does not need.
type reading struct {
	t *testing.T
	s *web.Server
}

func newReading(t *testing.T, withAPI bool) reading {
	t.Helper()
	o := webkit.Options{App: app.New(app.Options{Hub: hub.New()}), PublicURL: "https://orchestrator.example.org"}
	if withAPI {
		o.API = api.New(apikit.Options{App: o.App, Version: "test"})
	}
	return reading{t, web.New(o)}
}

func (r reading) get(method, path string, headers ...string) (*http.Response, []byte) {
	r.t.Helper()
	req := httptest.NewRequestWithContext(r.t.Context(), method, path, nil)
	req.Host = "orchestrator.example.org"
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := r.s.Fiber.Test(req, -1)
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res, body
}

// Everyone reads the page, like the document that it shows, and a browser that has it receives nothing again.
func TestTheReferenceIsPublicAndCached(t *testing.T) {
	t.Parallel()
	r := newReading(t, true)
	res, body := r.get(http.MethodGet, "/api/docs")
	tag := res.Header.Get("ETag")
	for name, want := range map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "Vary": "Accept-Encoding", "Set-Cookie": "", "Content-Encoding": ""} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if policy := res.Header.Get("Content-Security-Policy"); res.StatusCode != http.StatusOK || tag == "" || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'") {
		t.Errorf("status %d, tag %q, policy %q", res.StatusCode, tag, policy)
	}
	if res, again := r.get(http.MethodGet, "/api/docs", "If-None-Match", tag); res.StatusCode != http.StatusNotModified || len(again) != 0 {
		t.Errorf("the same page again: status %d, %d bytes", res.StatusCode, len(again))
	}
	if res, head := r.get(http.MethodHead, "/api/docs"); res.StatusCode != http.StatusOK || len(head) != 0 {
		t.Errorf("HEAD: status %d, %d bytes", res.StatusCode, len(head))
	}
	res, packed := r.get(http.MethodGet, "/api/docs/", "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || !bytes.Equal(plain, body) || res.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("compressed: %d bytes of %d, %v", len(plain), len(body), err)
	}
	if len(packed) > 100<<10 {
		t.Errorf("the page is %d bytes, compressed", len(packed))
	}
}

// The page is made of the document that this very server serves, and names its URL.
func TestTheReferenceShowsTheDocumentOfThisServer(t *testing.T) {
	t.Parallel()
	r := newReading(t, true)
	_, text := r.get(http.MethodGet, "/api/v1/openapi.json")
	var d struct {
		ExternalDocs struct{ URL string }
		Paths        map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	res, body := r.get(http.MethodGet, d.ExternalDocs.URL)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the document names the page %s, which answers %d", d.ExternalDocs.URL, res.StatusCode)
	}
	page, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for path, methods := range d.Paths {
		for method, op := range methods {
			n++
			if call := page.Find(`[id="` + op.OperationID + `"] .call`).Text(); call != strings.ToUpper(method)+" "+path {
				t.Errorf("%s %s is shown as %q", method, path, call)
			}
		}
	}
	if got := page.Find("article.op .call").Length(); got != n || n < 60 {
		t.Errorf("%d operations of %d are shown", got, n)
	}
	if want := "export API=https://orchestrator.example.org/api/v1 TOKEN="; !strings.Contains(page.Find("#using pre").Text(), want) {
		t.Errorf("the introduction lacks %q", want)
	}
}

func TestWithoutTheAPIThereIsNoReference(t *testing.T) {
	t.Parallel()
	if res, _ := newReading(t, false).get(http.MethodGet, "/api/docs"); res.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", res.StatusCode)
	}
}
