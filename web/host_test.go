package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func withAPI(o *webkit.Options) {
	o.API = api.New(apikit.Options{App: o.App, Version: "test", Log: o.Log})
}

// T-17: a name that is not this server's is refused, on pages, the API, streams and files, whoever asks.
func TestT17UnknownHostsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI, func(o *webkit.Options) {
		o.PublicURL, o.AllowedHosts = "http://orc.example.org", []string{"Inside.example:8443"}
	})
	crew(t, w, "alpha")
	b := w.signedIn("lead-alpha")
	port := w.base[strings.LastIndexByte(w.base, ':'):]
	for host, status := range map[string]int{
		"orc.example.org": 200, "ORC.example.org": 200, "orc.example.org:80": 200, "inside.example:8443": 200, "localhost" + port: 200, "127.0.0.1" + port: 200,
		"[::1]" + port: 200, "127.1.2.3" + port: 200, "evil.example": 421, "evil.example" + port: 421, "orc.example.org:81": 421, "orc.example.org.evil.example": 421,
		"localhost": 421, "localhost:1": 421, "inside.example": 421, "2130706433" + port: 421, "localhost.evil.example" + port: 421, "orc.example.org.": 421, "10.0.0.1" + port: 421,
	} {
		for _, path := range []string{"/t/alpha", "/login", "/static/app.css", "/api/v1/openapi.json", "/t/alpha/stream?view=overview&after=0"} {
			if status == 200 && (path == "/login" || strings.Contains(path, "stream")) {
				continue
			}
			r := b.request(http.MethodGet, path, nil)
			r.Host = host
			if got := b.do(r); (got.StatusCode == http.StatusMisdirectedRequest) != (status == 421) || status == 421 && !strings.Contains(got.body, "--allowed-host") {
				t.Errorf("%s asked as %s: status %d\n%.200s", path, host, got.StatusCode, got.body)
			}
		}
	}
	r := b.request(http.MethodGet, "/health/live", nil)
	r.Host = "10.1.2.3:8080"
	b.do(r).want(t, http.StatusOK)
}

// T-17, T-18, T-21: no answer opens itself to other sites, and what a browser there sends to the API is refused like a form.
func TestT17OtherSitesCannotUseTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	crew(t, w, "alpha")
	b := w.browser()
	for _, h := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "", "Origin", "http://evil.example"},
		{"Sec-Fetch-Site", "", "Origin", "null"}, {"Sec-Fetch-Site", "", "Origin", "http://127.0.0.1:7331"}} {
		for _, path := range []string{"/api/v1/sessions", "/login"} {
			if got := b.do(b.request(http.MethodPost, path, strings.NewReader("{}"), append(h, "Content-Type", "application/json")...)); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %q: status %d", path, h, got.StatusCode)
			}
		}
		for _, method := range []string{http.MethodOptions, http.MethodGet} {
			got := b.do(b.request(method, "/api/v1/openapi.json", nil, append(h, "Access-Control-Request-Method", "POST")...))
			for name := range got.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s with %q answers %s", method, h, name)
				}
			}
		}
	}
}

// A body is refused by what its address takes, before it is read; a prompt may be long.
func TestBodiesAreBoundedByTheirAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	b := w.signedIn("lead-alpha")
	for path, size := range map[string]int{"/login": 70 << 10, "/t/alpha/providers": 300 << 10, "/t/alpha/sessions": 2 << 20, "/account/profile": 70 << 10, "/nowhere": 70 << 10} {
		if got := announce(t, w, path, size); got != http.StatusRequestEntityTooLarge {
			t.Errorf("%d bytes to %s: status %d", size, path, got)
		}
	}
	b.act("alpha", "/sessions", url.Values{"title": {"Long"}, "initial_prompt": {strings.Repeat("x", 90<<10)}, "model_identifier": {"scripted/small"}, "priority": {"medium"}, "session_type": {"execution"}, "max_minutes": {"60"}}).want(t, http.StatusSeeOther)
	got := b.get("/t/alpha", "X-Long", strings.Repeat("x", 20<<10))
	got.want(t, http.StatusRequestHeaderFieldsTooLarge)
}

// announce asks to send so many bytes, sends none, and gives the status of the answer.
func announce(t *testing.T, w *world, path string, size int) int {
	t.Helper()
	conn, err := net.Dial("tcp", w.base[7:])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", path, w.base[7:], size)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// A body behind a GET is no second request: a proxy in front would have taken it for part of the first.
func TestABodyIsNoSecondRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inner := "GET /static/app.css HTTP/1.1\r\nHost: " + w.base[7:] + "\r\n\r\n"
	for _, head := range []string{
		fmt.Sprintf("GET /health/live HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", w.base[7:], len(inner), inner),
		fmt.Sprintf("GET /health/live HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", w.base[7:], len(inner), inner),
		fmt.Sprintf("POST /login HTTP/1.1\r\nHost: %s\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n%s", w.base[7:], ""),
	} {
		if n := answers(t, w.base[7:], head); n > 1 {
			t.Errorf("%d answers to one request:\n%s", n, head)
		}
	}
}

// answers counts what comes back on one connection until the server has nothing more to say.
func answers(t *testing.T, address, sent string) (n int) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	last := "GET /health/live HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\n\r\n"
	if _, err := io.WriteString(conn, sent+last); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return n - 1 // the last one was ours
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		n++
	}
}

// A slash at the end of an address is a slip of whoever types it.
func TestASlashAtTheEndAnswersThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	crew(t, w, "alpha")
	b := w.signedIn("lead-alpha")
	for _, path := range []string{"/t/alpha", "/t/alpha/sessions", "/account", "/health/live"} {
		plain, slashed := b.get(path).want(t, http.StatusOK), b.get(path+"/?x=1").want(t, http.StatusOK)
		if a, b := plain.doc(t).Find("title").Text(), slashed.doc(t).Find("title").Text(); a != b {
			t.Errorf("%s: %q, with a slash %q", path, a, b)
		}
	}
	w.browser().get("/login/").want(t, http.StatusOK)
	for _, path := range []string{"/t/alpha//", "/t/beta/", "/t/alpha/nothing/", "//", "//evil.example/", "/api/v1/sessions/"} {
		if r := b.get(path); r.StatusCode == http.StatusOK || r.Header.Get("Location") != "" {
			t.Errorf("%s: %d, to %q", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	b.act("alpha", "/sessions/", url.Values{"title": {"x"}}).want(t, http.StatusNotFound)
}

func TestAnInternationalHostNameIsThisServers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *webkit.Options) {
		o.PublicURL, o.AllowedHosts = "http://bücher.example", []string{"Grüße.example:81"}
	})
	for host, refused := range map[string]bool{"xn--bcher-kva.example": false, "xn--gre-6ka8l.example:81": false, "bucher.example": true} {
		r := w.browser().request(http.MethodGet, "/t/alpha", nil)
		r.Host = host
		if got := w.browser().do(r); (got.StatusCode == http.StatusMisdirectedRequest) != refused {
			t.Errorf("%s: %d", host, got.StatusCode)
		}
	}
}
