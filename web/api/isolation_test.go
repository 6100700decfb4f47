package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// bodies are what fits each operation that changes something under an id.
var bodies = map[string]any{"messages": map[string]string{"text": "hello"}, ":pid": map[string]string{"reply": "once"}, "retry": map[string]bool{"fresh": true}, "push": map[string]string{"branch": "planted"}, "hosts": map[string]string{"host": "planted.example:1"}, "agent-config": map[string]bool{"allowed": true},
	"hold": map[string]string{"reason": "after the release"}, "move": map[string]string{"to": "up"}, "base-url": map[string]string{"base_url": "https://x.example/v1"}, "url": map[string]string{"url": "https://x.example/x"},
	"maintenance": map[string]any{"reason": "planted", "until": "2030-01-01T00:00:00Z"}, "tier": map[string]any{"tier": "premium"}, "feedback": map[string]any{"value": 1, "note": "planted"},
	"restore": map[string]int{"checkpoint": 1}, "fork": map[string]any{"checkpoint": 1, "title": "planted"},
	"forge": map[string]string{"kind": "gitea", "api_url": "https://x.example/api/v1", "project": "a/b", "token": "planted"}}

// Whatever team B's strongest token asks of team A's things is answered as if they did not exist, to the byte, and leaves them as they were.
func TestATeamsThingsDoNotExistForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.crew("alpha").lead, w.crew("beta").lead
	ids := a.furnish(t)
	b.furnish(t)
	before := w.everything(t, a, ids)
	seen := 0
	for _, r := range w.web.Fiber.GetRoutes(true) {
		path, ours := strings.CutPrefix(r.Path, "/api/v1")
		if !ours || !strings.Contains(path, ":id") {
			continue
		}
		body := bodies[path[strings.LastIndex(path, "/")+1:]]
		if r.Method == http.MethodPost && path == "/members/:id" {
			body = map[string]string{"role": "viewer"}
		}
		if r.Method == http.MethodPatch && path == "/agents/:id" {
			body = map[string]string{"system_prompt": "planted"}
		}
		if path == "/merge-queue/:id/retry" {
			body = nil
		}
		for _, work := range []string{"{session}", "{running}"} {
			theirs := ids.Replace(strings.NewReplacer("/sessions/:id", "/sessions/"+work, "/model-providers/:id", "/model-providers/{provider}", "/repositories/:id", "/repositories/{repository}", "/agents/:id", "/agents/{agent}", "/merge-queue/:id", "/merge-queue/"+id.New(), "/members/:id", "/members/{member}", "/invitations/:id", "/invitations/{invitation}", ":pid", "{ask}").Replace(path))
			nobodys := strings.NewReplacer(":id", id.New(), ":pid", id.New()).Replace(path)
			same(t, r.Method+" "+path, b.ask(r.Method, theirs, body), b.ask(r.Method, nobodys, body))
			seen++
		}
	}
	if seen < 40 {
		t.Errorf("compared only %d pairs", seen)
	}
	same(t, "the stream", b.get(ids.Replace("/sessions/{running}/events"), "Accept", "text/event-stream"), b.get("/sessions/"+id.New()+"/events", "Accept", "text/event-stream"))
	// Two teams' ids in one address: the ask is A's, the session B's.
	own := as[items[sessionJSON]](t, b.get("/sessions")).Items[0].ID
	same(t, "a foreign ask", b.post(ids.Replace("/sessions/"+own+"/permissions/{ask}"), bodies[":pid"]), b.post("/sessions/"+own+"/permissions/"+id.New(), bodies[":pid"]))
	if diff := cmp.Diff(before, w.everything(t, a, ids)); diff != "" {
		t.Errorf("team alpha's things changed (-before +after):\n%s", diff)
	}
}

// everything is what team A sees of its things.
func (w *world) everything(t *testing.T, a *client, ids *strings.Replacer) (all []string) {
	t.Helper()
	for _, path := range []string{"/members", "/invitations", "/model-providers", "/agents", "/repositories", "/repositories/{repository}/hosts", "/sessions", "/sessions/{session}/events", "/sessions/{session}/messages",
		"/sessions/{running}/events", "/sessions/{running}/messages", "/sessions/{running}/permissions"} {
		text := a.get(ids.Replace(path)).want(t, http.StatusOK).body
		all = append(all, elapsed.ReplaceAllString(text, ""))
	}
	return all
}

// same says that two answers are 404 and alike to the byte, but for what names the moment.
func same(t *testing.T, what string, theirs, nobodys reply) {
	t.Helper()
	if theirs.StatusCode != http.StatusNotFound || nobodys.StatusCode != http.StatusNotFound {
		t.Errorf("%s: theirs is %d, nobody's %d; both must be 404\n%s", what, theirs.StatusCode, nobodys.StatusCode, theirs.body)
	}
	if theirs.body != nobodys.body || theirs.Request.Method != http.MethodHead && theirs.body != the404 {
		t.Errorf("%s: theirs is %q, nobody's %q", what, theirs.body, nobodys.body)
	}
	for _, r := range []reply{theirs, nobodys} {
		r.Header.Del("Date")
		r.Header.Del("X-Request-Id")
		for _, name := range []string{"Limit", "Remaining", "Reset"} {
			r.Header.Del("X-Ratelimit-" + name)
		}
	}
	if diff := cmp.Diff(nobodys.Header, theirs.Header); diff != "" {
		t.Errorf("%s: headers differ (-nobody's +theirs):\n%s", what, diff)
	}
}

// What a session, provider or repository of another team would lend to a new session is refused like what is not there.
func TestANewSessionCannotNameAnotherTeamsThings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.crew("alpha").lead, w.crew("beta").lead
	ids := a.furnish(t)
	b.equip(t)
	for field, theirs := range map[string]string{"agent_id": ids.Replace("{agent}"), "repository_id": ids.Replace("{repository}"), "parent_id": ids.Replace("{session}")} {
		got := b.post("/sessions", job(map[string]any{field: theirs})).want(t, http.StatusUnprocessableEntity).body
		want := b.post("/sessions", job(map[string]any{field: id.New()})).want(t, http.StatusUnprocessableEntity).body
		if got != want {
			t.Errorf("%s: theirs is %s, nobody's %s", field, got, want)
		}
	}
	if page, err := w.app.Work.Sessions(context.Background(), b.by, session.Filter{}); err != nil || len(page.Items) != 0 {
		t.Errorf("refused sessions were stored: %v, %v", page.Items, err)
	}
}
