package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func behindProxy(o *webkit.Options) {
	o.TrustedProxies = []string{"127.0.0.1/32", "10.0.0.0/8", "fd00::1"}
}

// guess tries a wrong password of a new person, so that no account's own limit ends it, and reports whether the address is paused.
func (w *world) guess(n int, forwarded ...string) bool {
	w.t.Helper()
	b := w.browser()
	form := url.Values{"email": {fmt.Sprintf("user%d@example.org", n)}, "password": {"wrong password"}}
	r := b.request(http.MethodPost, "/login?"+form.Encode(), nil)
	for _, f := range forwarded {
		r.Header.Add("X-Forwarded-For", f)
	}
	return b.do(r).StatusCode == http.StatusTooManyRequests
}

// T-44: behind a proxy the address counts that the proxy saw, never one that the client wrote in front of it.
func TestT44BehindAProxyTheAddressThatItSawCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, behindProxy)
	w.person("acme", "ann", tenant.Lead)
	paused := false
	for n := range 40 {
		paused = w.guess(n, fmt.Sprintf("6.6.0.%d, 203.0.113.5", n)) || paused
	}
	if !paused {
		t.Error("a guesser who names another address before the proxy's is never stopped")
	}
	for n := range 40 {
		w.guess(100+n, "198.51.100.7", "203.0.113.6, 10.1.2.3") // a second header, and a second proxy
	}
	form := url.Values{"email": {"ann@example.org"}, "password": {password}}
	w.browser().post("/login", form, "X-Forwarded-For", "198.51.100.7").want(t, http.StatusSeeOther)
	if got := dbtest.Rows(t, w.db, `SELECT peer FROM instance_audit WHERE peer LIKE '6.6.0.%' OR peer = '198.51.100.7' AND result = 'refused'`); len(got) != 0 {
		t.Errorf("the audit log names addresses that a client wrote: %v", got)
	}
	if got := dbtest.Rows(t, w.db, `SELECT DISTINCT peer FROM logins`); len(got) != 1 || got[0] != "198.51.100.7" {
		t.Errorf("the login is from %v", got)
	}
}

// T-44: without a proxy, or from somebody who is none, the header means nothing.
func TestT44WithoutAProxyTheHeaderMeansNothing(t *testing.T) {
	t.Parallel()
	for name, proxies := range map[string][]string{"no proxy": nil, "another proxy": {"192.0.2.1"}} {
		w := newWorld(t, func(o *webkit.Options) { o.TrustedProxies = proxies })
		paused := false
		for n := range 40 {
			paused = w.guess(n, fmt.Sprintf("203.0.113.%d", n)) || paused
		}
		if !paused {
			t.Errorf("%s: a guesser on many accounts who names another address each time is never stopped", name)
		}
	}
}

// The host in the pages and links of this server is its own, not one that a header names.
func TestForwardedHostsAreIgnored(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*webkit.Options){"no proxy": func(*webkit.Options) {}, "behind a proxy": behindProxy} {
		w := newWorld(t, change)
		w.person("acme", "ann", tenant.Lead)
		b := w.signedIn("ann")
		r := b.act("acme", "/invitations", url.Values{"email": {"bob@example.org"}, "role": {"viewer"}}, "X-Forwarded-Host", "evil.example")
		for what, body := range map[string]string{"sign-in": w.browser().get("/login", "X-Forwarded-Host", "evil.example").body, "an invitation": r.body} {
			if strings.Contains(body, "evil.example") {
				t.Errorf("%s: the page of %s shows the host of a header", name, what)
			}
		}
	}
}
