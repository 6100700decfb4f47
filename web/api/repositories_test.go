package api_test

import (
	"net/http"
	"testing"

	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
)

func TestOneRepositoryAndItsBranches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	_, made := c.lead.equip(t)
	w.raw(t, `UPDATE repositories SET inspection = '{"branches":["feature","main"],"branch_count":2}' WHERE id = ?`, made.ID)
	r := as[apirepos.Repository](t, c.viewer.get("/repositories/"+made.ID).want(t, http.StatusOK))
	if r.ID != made.ID || r.Name != "site" || r.BranchCount != 2 {
		t.Errorf("the repository is %+v", r)
	}
	b := as[apirepos.Branches](t, c.viewer.get("/repositories/"+made.ID+"/branches").want(t, http.StatusOK))
	if b.BranchCount != 2 || len(b.Items) != 2 || b.Items[0] != (apirepos.Branch{Name: "feature"}) || b.Items[1] != (apirepos.Branch{Name: "main", IsDefault: true}) {
		t.Errorf("the branches are %+v", b)
	}
}
