package e2e

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// missing is an ID that does not exist.
const missing = "01900000-0000-7000-8000-000000000000"

func TestTeamsCannotReachEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, blue := w.newTeam("acme", 10), w.newTeam("blue", 10)
	id := acme.run("Keep a secret", turns("Hide.", map[string]any{"tools": bash("sh test.sh")}, map[string]any{"text": "hidden"}), nil)
	ask := acme.asked(id)
	for _, r := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/sessions/{id}", nil}, {"GET", "/sessions/{id}/messages", nil}, {"GET", "/sessions/{id}/events", nil},
		{"GET", "/sessions/{id}/permissions", nil}, {"GET", "/sessions/{id}/diff", nil}, {"GET", "/sessions/{id}/patch", nil},
		{"GET", "/sessions/{id}/checks", nil}, {"POST", "/sessions/{id}/start", map[string]any{}}, {"POST", "/sessions/{id}/pause", map[string]any{}},
		{"POST", "/sessions/{id}/resume", map[string]any{}}, {"POST", "/sessions/{id}/stop", map[string]any{}}, {"POST", "/sessions/{id}/cancel", map[string]any{}},
		{"POST", "/sessions/{id}/retry", map[string]any{}}, {"POST", "/sessions/{id}/messages", map[string]string{"text": "hello"}},
		{"POST", "/sessions/{id}/permissions/" + ask.ID, map[string]string{"reply": "once"}},
	} {
		theirs := blue.ask(r.method, strings.ReplaceAll(r.path, "{id}", id), r.body)
		nobodys := blue.ask(r.method, strings.ReplaceAll(r.path, "{id}", missing), r.body)
		alike(t, r.method+" "+r.path, theirs, nobodys)
	}
	if list := blue.ask(http.MethodGet, "/sessions", nil); strings.Contains(string(list.body), id) {
		t.Error("another team's session is in the list")
	}
	acme.reply(id, ask, "once")
	acme.becomes(id, 60*time.Second, "completed")
}

// alike checks that two responses are 404 and identical, except for times.
func alike(t *testing.T, what string, a, b answer) {
	t.Helper()
	if a.status != http.StatusNotFound || b.status != http.StatusNotFound || string(a.body) != string(b.body) {
		t.Errorf("%s: another team's is %d %s, nobody's is %d %s", what, a.status, a.body, b.status, b.body)
	}
	for _, h := range []http.Header{a.header, b.header} {
		for name := range maps.Clone(h) {
			if name == "Date" || name == "X-Request-Id" || strings.Contains(name, "Ratelimit") {
				h.Del(name)
			}
		}
	}
	if !maps.EqualFunc(a.header, b.header, slices.Equal[[]string]) {
		t.Errorf("%s: the headers are %v and %v", what, a.header, b.header)
	}
}

func TestTokenNamesItsTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, _ := w.newTeam("acme", 1), w.newTeam("blue", 1)
	var bodies []string
	for tenant, want := range map[string]int{"acme": 200, "blue": 403, "nobody": 403} {
		req := acme.request(http.MethodGet, "/me", nil)
		req.Header.Set("X-Tenant-ID", tenant)
		a := ask(t, req)
		if a.status != want {
			t.Errorf("X-Tenant-ID %s: %d", tenant, a.status)
		}
		if want == 403 {
			bodies = append(bodies, string(a.body))
		}
	}
	if bodies[0] != bodies[1] {
		t.Errorf("a team that exists and one that does not differ: %q", bodies)
	}
}
