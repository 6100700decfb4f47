package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// The operator's check of a running server: clean where nothing leaks, and an exit code and a sentence where something does.
func TestDoctorIsolation(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("asks tens of thousands of questions, and is run without the race detector")
	}
	data := filepath.Join(t.TempDir(), "data")
	if s := orchestrator("", "doctor", "isolation", "--url", "http://127.0.0.1:1", "--data", data); s.code != 1 || !strings.Contains(s.err, "Set it up first") {
		t.Fatalf("before the set-up: %+v", s)
	}
	if s := orchestrator("a long enough password\n", "user", "create", "--email", "ann@example.org", "--name", "Ann", "--password-stdin", "--data", data); s.code != 0 {
		t.Fatal(s)
	}
	server := served(t, data)
	s := orchestrator("", "doctor", "isolation", "--url", server, "--data", data)
	if s.code != 0 || strings.Contains(s.out, "LEAK") || !strings.Contains(s.out, "IDs in paths") || strings.Count(s.out, "no leaks") < 20 {
		t.Fatalf("a sound server: code %d, %s\n%s", s.code, s.err, s.out)
	}
	// The second check takes up what the first left.
	s = orchestrator("", "doctor", "isolation", "--url", leaky(t, server), "--data", data)
	if s.code != 1 || !strings.Contains(s.out, "LEAK") || !strings.Contains(s.out, "GET /t/:slug/needs-you") || !strings.Contains(s.err, "another team's data") {
		t.Errorf("a server that leaks: code %d, %s\n%s", s.code, s.err, s.out)
	}
}

// served is a server on the data, as another program would be.
func served(t *testing.T, data string) string {
	t.Helper()
	var c cli
	c.Settings.Data, c.Settings.KeyFile = data, data+".key"
	d, keys, err := openData(context.Background(), c.Settings)
	if err != nil {
		t.Fatal(err)
	}
	a := app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys, TestProvider: func(context.Context, provider.Provider, string) provider.Test { return provider.Test{} }})
	s := web.New(webkit.Options{App: a, API: api.New(apikit.Options{App: a})})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Fiber.Listener(ln) }()
	t.Cleanup(func() {
		a.Kernel.Hub.Close()
		_ = s.Fiber.ShutdownWithTimeout(5 * time.Second)
		<-done
		_ = d.Close()
	})
	return "http://" + ln.Addr().String()
}

// leaky stands before a server and says of one missing page whose it is.
func leaky(t *testing.T, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }, ModifyResponse: func(r *http.Response) error {
		if r.StatusCode == http.StatusNotFound && r.Request.URL.Path == "/t/"+askedTeam+"/needs-you" {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("not yours")), 9
			r.Header.Set("Content-Length", "9")
		}
		return nil
	}}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s.URL
}
