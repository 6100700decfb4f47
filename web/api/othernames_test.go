package api_test

import (
	"net/http"
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
