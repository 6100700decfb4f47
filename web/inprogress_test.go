package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
)

// A person has at most fifty streams, in all browsers and through all tokens together.
func TestAPersonHasAtMostFiftyStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	by := crew(t, w, "alpha")
	work := w.session(by, "Port the ledger", false)
	token, _, err := w.app.People.CreateToken(t.Context(), by, "test", apitoken.Read, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, other := w.signedIn("lead-alpha"), w.signedIn("lead-alpha")
	events := []string{"Authorization", "Bearer " + token, "Accept", "text/event-stream"}
	api, page := "/api/v1/sessions/"+string(work.ID)+"/events", "/t/alpha/sessions/"+string(work.ID)+"/stream"
	for range 20 {
		b.stream("/t/alpha/stream")
		other.stream(page)
	}
	for range 10 {
		w.browser().stream(api, events...)
	}
	for _, path := range []string{"/t/alpha/stream", page} {
		r := b.get(path).want(t, http.StatusTooManyRequests)
		if !strings.Contains(r.body, "50 of 50") {
			t.Errorf("%s says %s", path, r.body)
		}
	}
	r := w.browser().get(api, events...).want(t, http.StatusTooManyRequests)
	for _, part := range []string{`"code":"quota_exceeded"`, `"name":"max_streams_per_person"`, `"value":50`} {
		if !strings.Contains(r.body, part) {
			t.Errorf("the problem lacks %s: %s", part, r.body)
		}
	}
	b.get("/account").want(t, http.StatusOK)
	w.signedIn("member-alpha").stream("/t/alpha/stream")
}

// Behind a proxy, where connections tell nobody apart, each login and each token has a limit of its own.
func TestACredentialBehindAProxyHasALimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI, behindProxy)
	w.web.SetPerCredential(3)
	by := crew(t, w, "alpha")
	work := w.session(by, "Port the ledger", false)
	b, other := w.signedIn("lead-alpha"), w.signedIn("lead-alpha")
	for range 10 { // a request that was answered leaves its place
		b.get("/account").want(t, http.StatusOK)
	}
	for range 3 {
		b.stream("/t/alpha/stream")
	}
	if r := b.get("/account").want(t, http.StatusTooManyRequests); r.Header.Get("Retry-After") == "" || !strings.Contains(r.body, "in progress") {
		t.Errorf("it says %s", r.body)
	}
	other.get("/account").want(t, http.StatusOK)
	token, _, err := w.app.People.CreateToken(t.Context(), by, "test", apitoken.Read, nil)
	if err != nil {
		t.Fatal(err)
	}
	bearer := []string{"Authorization", "Bearer " + token}
	for range 3 {
		w.browser().stream("/api/v1/sessions/"+string(work.ID)+"/events", append(bearer, "Accept", "text/event-stream")...)
	}
	w.browser().get("/api/v1/me", bearer...).want(t, http.StatusTooManyRequests)
	w.browser().get("/health/live").want(t, http.StatusOK)
}
