// Package views_test draws every page with samples and holds it against the rules all pages keep. With -shots DIR it also
// takes pictures of them in Chromium, to be looked at beside the design.
package views_test

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/static"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

var (
	shotsFlag = flag.String("shots", "", "the directory to put pictures of the pages into")
	onlyFlag  = flag.String("only", "", "take pictures of pages whose name begins so")
	themeFlag = flag.String("theme", "dark", "the theme of the pictures")
)

func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	ctx := ui.With(context.Background(), ui.Visit{CSRF: "token", Team: "foundry", Now: now})
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestShots(t *testing.T) {
	if *shotsFlag == "" {
		t.Skip("pictures are taken with -shots DIR")
	}
	mux := http.NewServeMux()
	mux.HandleFunc(static.Prefix, func(w http.ResponseWriter, r *http.Request) {
		a, _ := static.Lookup(strings.TrimPrefix(r.URL.Path, static.Prefix))
		w.Header().Set("Content-Type", a.Type)
		_, _ = w.Write(a.Body)
	})
	for name, c := range pages() {
		body := render(t, c)
		mux.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(body))
		})
	}
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for name := range pages() {
		if strings.HasPrefix(name, *onlyFlag) {
			shoot(t, srv.URL, name)
		}
	}
}

func shoot(t *testing.T, base, name string) {
	for _, size := range []string{"1440,900", "390,844"} {
		ctx, cancel := context.WithTimeout(context.Background(), 120*time.Second)
		out := filepath.Join(*shotsFlag, name+"-"+*themeFlag+"-"+strings.Split(size, ",")[0]+".png")
		cmd := exec.CommandContext(ctx, "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size="+size,
			"--user-data-dir="+t.TempDir(), "--virtual-time-budget=1500", "--screenshot="+out, base+"/"+name)
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, b)
		}
		cancel()
	}
}
