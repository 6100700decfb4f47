package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// sessions counts the sessions of the client's team.
func (c *client) sessions(t *testing.T) int {
	t.Helper()
	return len(as[items[sessionJSON]](t, c.get("/sessions?limit=200").want(t, http.StatusOK)).Items)
}

func TestARepeatedRequestCreatesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.crew("alpha")
	a.lead.equip(t)
	first := a.member.post("/sessions", job(nil), "Idempotency-Key", "key-1").want(t, http.StatusCreated)
	again := a.member.post("/sessions", job(nil), "Idempotency-Key", "key-1").want(t, http.StatusCreated)
	if again.body != first.body || again.Header.Get("Idempotency-Replayed") != "true" || first.Header.Get("Idempotency-Replayed") != "" ||
		again.Header.Get("Content-Type") != first.Header.Get("Content-Type") {
		t.Errorf("the repetition answers %v %s, the first %v %s", again.Header, again.body, first.Header, first.body)
	}
	other := as[apikit.Problem](t, a.member.post("/sessions", job(map[string]any{"title": "Another"}), "Idempotency-Key", "key-1").want(t, http.StatusUnprocessableEntity))
	if len(other.Errors) != 1 || other.Errors[0].Location != "header.Idempotency-Key" || !strings.Contains(other.Detail, "Use a new key") {
		t.Errorf("another request with the key: %+v", other)
	}
	id := as[sessionJSON](t, first).ID
	a.member.post("/sessions/"+id+"/messages", job(nil), "Idempotency-Key", "key-1").want(t, http.StatusUnprocessableEntity)
	if n := a.member.sessions(t); n != 1 {
		t.Errorf("there are %d sessions", n)
	}
	a.lead.post("/sessions", job(nil), "Idempotency-Key", "key-1").want(t, http.StatusCreated)
	a.member.post("/sessions", job(nil)).want(t, http.StatusCreated)
	if n := a.member.sessions(t); n != 3 {
		t.Errorf("with another token and without a key, there are %d sessions", n)
	}
}

func TestARefusedRequestFreesItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.crew("alpha")
	a.lead.equip(t)
	a.member.post("/sessions", job(map[string]any{"title": ""}), "Idempotency-Key", "key-1").want(t, http.StatusUnprocessableEntity)
	a.member.post("/sessions", `{"title": `, "Idempotency-Key", "key-1").want(t, http.StatusBadRequest)
	a.viewer.post("/sessions", job(nil), "Idempotency-Key", "key-1").want(t, http.StatusForbidden)
	if r := a.member.post("/sessions", job(nil), "Idempotency-Key", "key-1").want(t, http.StatusCreated); r.Header.Get("Idempotency-Replayed") != "" {
		t.Error("a refusal was stored")
	}
	for _, key := range []string{strings.Repeat("k", 256), "two words", "caf\u00e9"} {
		p := as[apikit.Problem](t, a.member.post("/sessions", job(nil), "Idempotency-Key", key).want(t, http.StatusUnprocessableEntity))
		if len(p.Errors) != 1 || p.Errors[0].Location != "header.Idempotency-Key" {
			t.Errorf("key %q: %+v", key, p)
		}
	}
}

func TestOneOfManyRepetitionsCreates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.crew("alpha")
	a.lead.equip(t)
	var all sync.WaitGroup
	replies := make([]reply, 8)
	for i := range replies {
		all.Go(func() { replies[i] = a.member.post("/sessions", job(nil), "Idempotency-Key", "key-1") })
	}
	all.Wait()
	for _, r := range replies {
		if r.StatusCode == http.StatusConflict && (as[apikit.Problem](t, r).Code != "in_progress" || r.Header.Get("Retry-After") != "1") ||
			r.StatusCode != http.StatusConflict && r.StatusCode != http.StatusCreated {
			t.Errorf("%d %v %s", r.StatusCode, r.Header, r.body)
		}
	}
	if n := a.member.sessions(t); n != 1 {
		t.Errorf("there are %d sessions", n)
	}
}

// Every operation that creates something accepts a key, and says so.
func TestEveryCreateAcceptsAKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.crew("alpha")
	doc := as[struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
			Responses  map[string]any
		}
	}](t, a.lead.get("/openapi.json").want(t, http.StatusOK))
	creates := 0
	for path, ops := range doc.Paths {
		op, isPost := ops["post"]
		if !isPost || op.Responses["201"] == nil {
			continue
		}
		creates++
		found := false
		for _, p := range op.Parameters {
			found = found || p.Name == "Idempotency-Key" && p.In == "header"
		}
		if !found {
			t.Errorf("POST %s creates something and accepts no Idempotency-Key", path)
		}
	}
	if creates < 6 {
		t.Errorf("found %d operations that create something", creates)
	}
}

// A program's own id of a request is in the answer and the audit log if it can be written there as it is.
func TestAProgramNamesItsRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.crew("alpha")
	r := a.lead.post("/model-providers", newProvider, "X-Request-ID", "ci-run-4711").want(t, http.StatusCreated)
	if got := r.Header.Get("X-Request-ID"); got != "ci-run-4711" {
		t.Errorf("the answer has the id %q", got)
	}
	log := a.lead.get("/audit?limit=1").want(t, http.StatusOK)
	if !strings.Contains(log.body, `"request_id":"ci-run-4711"`) {
		t.Errorf("the audit log has %s", log.body)
	}
	for _, bad := range []string{"short", strings.Repeat("x", 129), "with a space", "-leading-hyphen", `quote"quote`, "caf\u00e9-caf\u00e9"} {
		if got := a.lead.get("/me", "X-Request-ID", bad).want(t, http.StatusOK).Header.Get("X-Request-ID"); got == bad || len(got) != 36 {
			t.Errorf("for %q the server chose %q", bad, got)
		}
	}
	if got := a.lead.get("/nothing", "X-Request-ID", "ci-run-4712").want(t, http.StatusNotFound).Header.Get("X-Request-ID"); got != "ci-run-4712" {
		t.Errorf("a refusal has the id %q", got)
	}
}
