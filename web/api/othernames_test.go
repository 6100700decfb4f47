package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

// Names of the first edition mean the same as ours.
func TestOtherNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	c.equip(t)
	parent := c.create(t, nil)
	child := as[struct {
		ParentID string `json:"parent_id"`
	}](t, c.post("/sessions", job(map[string]any{"parent_session_id": parent.ID})).want(t, http.StatusCreated))
	if child.ParentID != parent.ID {
		t.Errorf("the parent is %q", child.ParentID)
	}
	p := as[apikit.Problem](t, c.post("/sessions", job(map[string]any{"parent_id": parent.ID, "parent_session_id": "another"})).want(t, http.StatusUnprocessableEntity))
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.parent_session_id" {
		t.Errorf("two parents: %+v", p)
	}
	if page := as[apiwork.SessionPage](t, c.get("/sessions?page_size=1").want(t, http.StatusOK)); len(page.Items) != 1 || !page.HasMore {
		t.Errorf("a page of one has %d", len(page.Items))
	}
	c.get("/sessions?page_size=201").want(t, http.StatusUnprocessableEntity)
}

// The document lists every other name that it describes, and no name that an operation does not accept.
func TestTheDocumentListsOtherNames(t *testing.T) {
	t.Parallel()
	var d document
	var listed struct {
		Names []apikit.OtherName `json:"x-other-names"`
	}
	text := (&client{w: newWorld(t)}).get("/openapi.json").want(t, http.StatusOK).body
	if err := errors.Join(json.Unmarshal([]byte(text), &d), json.Unmarshal([]byte(text), &listed)); err != nil {
		t.Fatal(err)
	}
	for _, n := range listed.Names {
		name, _, _ := strings.Cut(n.Name, ":")
		sameAs, _, _ := strings.Cut(n.SameAs, ":")
		if op, ok := d.operation(n.Operation); !ok || !d.accepts(t, op, n.In, name) || !d.accepts(t, op, n.In, sameAs) {
			t.Errorf("%s does not accept both %s and %s in its %s", n.Operation, name, sameAs, n.In)
		}
		text = strings.ReplaceAll(text, `"Another name for `+sameAs+`."`, `""`)
	}
	if i := strings.Index(text, "Another name for"); i >= 0 {
		t.Errorf("a name is described and not listed: %s", text[i:i+40])
	}
}

func (d document) operation(id string) (operation, bool) {
	for _, methods := range d.Paths {
		for _, op := range methods {
			if op.OperationID == id {
				return op, true
			}
		}
	}
	return operation{}, false
}

func (d document) accepts(t *testing.T, op operation, in, name string) bool {
	t.Helper()
	for _, p := range op.Parameters {
		if p.In == in && p.Name == name {
			return true
		}
	}
	return in == "body" && d.hasField(t, op, name)
}
