package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// packed is a body that is a thousand times as large once it is unpacked.
func packed(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.Copy(z, io.LimitReader(zeros{}, 4<<20))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// everyRoute calls ask for each route of pages and API, and for paths that are none.
func (w *world) everyRoute(ask func(method, path string)) (n int) {
	routes := []string{"POST /no-such-page", "POST /api/v1/no-such-operation", "PUT /login", "DELETE /api/v1/sessions"}
	for route := range w.web.Policies() {
		routes = append(routes, route)
	}
	slices.Sort(routes)
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		ask(method, strings.NewReplacer(":slug", "alpha", ":id", "x", ":ask", "x", ":call", "x", ":token", "x", "*", "x").Replace(path))
	}
	return len(routes)
}

// A packed body is refused on every route before a byte of it is unpacked, signed in or not. Only git can send one, for a fetch.
func TestPackedBodiesAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	by := crew(t, w, "alpha")
	token, _, err := w.app.People.CreateToken(t.Context(), by, "test", apitoken.Manage, nil)
	if err != nil {
		t.Fatal(err)
	}
	body := packed(t)
	bearer := []string{"Authorization", "Bearer " + token}
	people := map[string]*browser{"a stranger": w.browser(), "a lead": w.signedIn("lead-alpha")}
	encodings := [][]string{{"gzip"}, {"identity", "gzip"}, {"br, identity"}, {"Deflate"}, {"zstd"}, {"unheard-of"}}
	seen := w.everyRoute(func(method, path string) {
		for who, b := range people {
			for _, encoding := range encodings {
				r := b.request(method, path, bytes.NewReader(body), "Content-Type", "application/x-www-form-urlencoded")
				if who == "a lead" {
					r.Header.Set(bearer[0], bearer[1])
				}
				for _, e := range encoding {
					r.Header.Add("Content-Encoding", e)
				}
				want := http.StatusUnsupportedMediaType
				if strings.HasSuffix(path, "/git-upload-pack") && slices.Equal(encoding, []string{"gzip"}) { // unpacked after the token, and within a limit
					want = map[string]int{"a stranger": http.StatusUnauthorized, "a lead": http.StatusNotFound}[who]
				}
				if got := b.do(r); got.StatusCode != want {
					t.Errorf("%s %s with Content-Encoding %q from %s: status %d", method, path, encoding, who, got.StatusCode)
				}
			}
		}
	})
	if seen < 150 {
		t.Errorf("only %d routes were walked", seen)
	}
	form := url.Values{"email": {"lead-alpha@example.org"}, "password": {password}}
	w.browser().post("/login", form, "Content-Encoding", "identity").want(t, http.StatusSeeOther)
}

// Forms are read as urlencoded only: a multipart body is refused on every route.
func TestMultipartFormsAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	crew(t, w, "alpha")
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	_ = m.WriteField("email", "lead-alpha@example.org")
	_ = m.WriteField("password", password)
	_ = m.Close()
	for _, b := range []*browser{w.browser(), w.signedIn("lead-alpha")} {
		w.everyRoute(func(method, path string) {
			r := b.request(method, path, bytes.NewReader(body.Bytes()), "Content-Type", m.FormDataContentType())
			if got := b.do(r); got.StatusCode != http.StatusUnsupportedMediaType {
				t.Errorf("%s %s as a multipart form: status %d", method, path, got.StatusCode)
			}
		})
	}
	for kind, status := range map[string]int{"application/json": 415, "text/plain": 415, "": 415, "application/x-www-form-urlencodedx": 415, "APPLICATION/X-WWW-FORM-URLENCODED; charset=UTF-8": 303} {
		b := w.browser()
		form := url.Values{"email": {"lead-alpha@example.org"}, "password": {password}}
		r := b.request(http.MethodPost, "/login", strings.NewReader(form.Encode()), "Content-Type", kind)
		b.do(r).want(t, status)
	}
}

// A refusal says what to send instead, to people and to programs.
func TestARefusedBodySaysWhatToSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	w.person("alpha", "ann", tenant.Lead)
	b := w.browser()
	for path, parts := range map[string][]string{
		"/login":           {"Content-Encoding", "uncompressed"},
		"/api/v1/sessions": {`"code":"unsupported_media_type"`, "Content-Encoding", "uncompressed"},
	} {
		got := b.do(b.request(http.MethodPost, path, strings.NewReader("x"), "Content-Encoding", "gzip")).want(t, http.StatusUnsupportedMediaType)
		for _, part := range parts {
			if !strings.Contains(got.body, part) {
				t.Errorf("%s does not say %q: %s", path, part, got.body)
			}
		}
	}
}
