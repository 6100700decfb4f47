package api_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

// The API says of a repository whether sessions can start from it, and what its commits lack.
func TestARepositorySaysWhetherSessionsCanStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	c.equip(t)
	one := func() apirepos.Repository {
		t.Helper()
		return as[items[apirepos.Repository]](t, c.get("/repositories").want(t, http.StatusOK)).Items[0]
	}
	r := one()
	found := repository.Inspection{Default: r.DefaultBranch, Branches: []string{"entwicklung"}, BranchCount: 1}
	set := func() {
		t.Helper()
		if err := w.app.Repos.Fetched(context.Background(), c.by.Tenant, repository.ID(r.ID), found); err != nil {
			t.Fatal(err)
		}
	}
	if set(); one().Status != "unusable" || !slices.Equal(one().Branches, []string{"entwicklung"}) || one().Progress == "" {
		t.Errorf("without its default branch it is %+v", one())
	}
	found.HasDefault, found.Gaps = true, repository.Gaps{Submodules: []string{"vendor/lib"}, SubmoduleCount: 1, LFSFiles: []string{"a.png"}, LFSCount: 1}
	if set(); one().Status != "ready" || !slices.Equal(one().Missing.Submodules, []string{"vendor/lib"}) || one().Missing.LFSCount != 1 {
		t.Errorf("with gaps it is %+v", one())
	}
}

// The diff names with each file what is missing of it, and what the tree lacks.
func TestTheDiffSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	c.equip(t)
	s := c.create(t, map[string]any{"start": true})
	l, ctx := w.claim(t), context.Background()
	files := []session.FileChange{{Path: "big", Status: "added", Omitted: session.TooLarge}, {Path: "long", Status: "modified", Additions: 9, Omitted: session.LongDiff}, {Path: "whole", Status: "added", Patch: "+x\n"}}
	if err := w.app.Work.SetDiff(ctx, l, files, []byte("# Not in this patch: \"big\"\n"), true); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Work.SetGaps(ctx, l, repository.Gaps{LFSFiles: []string{"a.png"}, LFSCount: 1}); err != nil {
		t.Fatal(err)
	}
	d := as[apiwork.Diff](t, c.get("/sessions/"+s.ID+"/diff").want(t, http.StatusOK))
	if len(d.Files) != 3 || d.Files[0].Omitted != "too_large" || d.Files[0].Reason == "" || d.Files[1].Omitted != "long_diff" || d.Files[2].Omitted != "" || d.Files[2].Reason != "" {
		t.Errorf("the files are %+v", d.Files)
	}
	if d.Missing.LFSCount != 1 || !slices.Equal(d.Missing.LFSFiles, []string{"a.png"}) {
		t.Errorf("missing: %+v", d.Missing)
	}
	if r := c.get("/sessions/"+s.ID+"/patch").want(t, http.StatusOK); r.Header.Get("X-Truncated") != "true" {
		t.Errorf("the patch is called whole: %v", r.Header)
	}
}
