package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// A program changes an object only if it is as the program read it.
func TestIfMatchProtectsWhatWasRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	p, r := c.lead.equip(t)
	path := "/repositories/" + r.ID
	tag := c.lead.get(path).want(t, http.StatusOK).Header.Get("ETag")
	if !strings.HasPrefix(tag, `"`) || c.viewer.get(path).Header.Get("ETag") != tag {
		t.Fatalf("the ETag is %s", tag)
	}
	allow := func(match string, allowed bool, status int) reply {
		t.Helper()
		return c.lead.ask(http.MethodPut, path+"/agent-config", map[string]bool{"allowed": allowed}, "If-Match", match).want(t, status)
	}
	allow(tag, true, http.StatusNoContent)
	refused := as[apikit.Problem](t, allow(tag, false, http.StatusPreconditionFailed))
	if refused.Code != "precondition_failed" || !strings.Contains(refused.Detail, "has changed since you read it") {
		t.Errorf("the problem is %+v", refused)
	}
	if !strings.Contains(c.lead.get(path).body, `"agent_config":true`) {
		t.Error("a refused change was made")
	}
	allow(`W/`+c.lead.get(path).Header.Get("ETag"), false, http.StatusPreconditionFailed)
	allow(`"other", `+c.lead.get(path).Header.Get("ETag"), false, http.StatusNoContent)
	allow("*", true, http.StatusNoContent)
	c.lead.ask(http.MethodPut, "/repositories/"+p.ID+"/agent-config", map[string]bool{"allowed": true}, "If-Match", "*").want(t, http.StatusNotFound)
	c.viewer.ask(http.MethodPut, path+"/agent-config", map[string]bool{"allowed": true}, "If-Match", tag).want(t, http.StatusForbidden)
	unknown := as[apikit.Problem](t, c.lead.ask(http.MethodPatch, "/session-limits", map[string]int{"max_repeats": 5}, "If-Match", tag).want(t, http.StatusUnprocessableEntity))
	if len(unknown.Errors) != 1 || unknown.Errors[0].Location != "header.If-Match" {
		t.Errorf("an object without an ETag: %+v", unknown)
	}
}

// Every answer with an object has the ETag of its GET, and a move changes it.
func TestAnswersHaveTheETagOfTheirObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	p, r := c.lead.equip(t)
	made := c.lead.post("/sessions", job(nil)).want(t, http.StatusCreated)
	id := as[sessionJSON](t, made).ID
	draft := c.lead.get("/sessions/"+id).want(t, http.StatusOK).Header.Get("ETag")
	if draft == "" || made.Header.Get("ETag") != draft {
		t.Errorf("created with %s, read with %s", made.Header.Get("ETag"), draft)
	}
	started := c.lead.post("/sessions/"+id+"/start", nil, "If-Match", draft).want(t, http.StatusOK).Header.Get("ETag")
	if started == draft || started != c.lead.get("/sessions/"+id).Header.Get("ETag") {
		t.Errorf("started with %s, draft with %s", started, draft)
	}
	c.lead.post("/sessions/"+id+"/cancel", nil, "If-Match", draft).want(t, http.StatusPreconditionFailed)
	for _, path := range []string{"/model-providers/" + p.ID, "/repositories/" + r.ID} {
		if c.lead.get(path).want(t, http.StatusOK).Header.Get("ETag") == "" {
			t.Errorf("%s has no ETag", path)
		}
	}
	if tag := c.lead.get("/sessions").Header.Get("ETag"); tag != "" {
		t.Errorf("a list has the ETag %s", tag)
	}
}

// Of many programs that have read the same, one changes it.
func TestOneOfManyMatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	_, r := c.lead.equip(t)
	path := "/repositories/" + r.ID
	tag := c.lead.get(path).Header.Get("ETag")
	var all sync.WaitGroup
	replies := make([]reply, 6)
	for i := range replies {
		all.Go(func() {
			replies[i] = c.lead.ask(http.MethodPut, path+"/agent-config", map[string]bool{"allowed": true}, "If-Match", tag)
		})
	}
	all.Wait()
	changed := 0
	for _, got := range replies {
		if got.StatusCode == http.StatusNoContent {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d programs changed it", changed)
	}
}

// The document names If-Match for the operations on each object that can be read alone, and for no others.
func TestTheDocumentNamesIfMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc := as[struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name string }
			Responses  map[string]any
		}
	}](t, w.crew("alpha").lead.get("/openapi.json").want(t, http.StatusOK))
	for path, ops := range doc.Paths {
		parts := strings.SplitN(path, "/", 4)
		_, isObject := doc.Paths[strings.Join(parts[:min(3, len(parts))], "/")]["get"]
		want := isObject && len(parts) > 2 && parts[2] == "{id}"
		for method, op := range ops {
			named := op.Responses["412"] != nil
			for _, p := range op.Parameters {
				named = named || p.Name == "If-Match"
			}
			if named != (want && method != "get") {
				t.Errorf("%s %s: the document names If-Match: %v", method, path, named)
			}
		}
	}
}
