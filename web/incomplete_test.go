package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// A repository from which no session can start is never called ready: its page says why and names the branches that exist.
func TestAnUnusableRepositoryNamesItsBranches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	list, page := "/t/alpha/repositories", "/t/alpha/repositories/"+string(r.ID)
	for _, c := range []struct {
		found       repository.Inspection
		says, never []string
	}{
		{repository.Inspection{Branches: []string{"entwicklung", "größe"}, BranchCount: 2}, []string{"Not usable", `no branch "main"`, "entwicklung", "größe", "Set another default branch"}, []string{"Ready."}},
		{repository.Inspection{}, []string{"Not usable", "no commits yet", "Then fetch again"}, []string{"Ready."}},
		{repository.Inspection{Shallow: true}, []string{"Not usable", "git fetch --unshallow"}, []string{"Ready."}},
		{repository.Inspection{HasDefault: true, Branches: []string{"main"}, BranchCount: 1, Shallow: true}, []string{"Ready.", "so some of its branches could not be fetched"}, []string{"Not usable"}},
		{repository.Inspection{HasDefault: true, Branches: []string{"main"}, BranchCount: 1, Gaps: repository.Gaps{Submodules: []string{"vendor/lib"}, SubmoduleCount: 1, LFSFiles: []string{"a.png", "b.png"}, LFSCount: 2}},
			[]string{"Ready.", "1 submodule is not fetched", "vendor/lib", "2 files are stored with Git LFS", "b.png"}, []string{"Not usable"}},
	} {
		c.found.Default = r.DefaultBranch
		if err := w.app.Repos.Fetched(t.Context(), a.Tenant, r.ID, c.found); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"lead-alpha", "viewer-alpha"} {
			text := w.signedIn(name).get(page).want(t, http.StatusOK).doc(t).Find("main").Text()
			for _, part := range c.says {
				if !strings.Contains(text, part) {
					t.Errorf("%s does not read %q: %s", name, part, strings.Join(strings.Fields(text), " "))
				}
			}
			for _, part := range c.never {
				if strings.Contains(text, part) {
					t.Errorf("%s reads %q", name, part)
				}
			}
		}
		status := map[bool]string{true: "ready", false: "unusable"}[c.found.HasDefault]
		if text := w.signedIn("viewer-alpha").get(list).doc(t).Find("main").Text(); !strings.Contains(text, status) {
			t.Errorf("the list does not say %q: %s", status, strings.Join(strings.Fields(text), " "))
		}
	}
}

// What a patch lacks is said in the row of the file, and what the tree lacks on the session's pages.
func TestWhatAPatchLacksIsSaidInItsRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	b, path := w.signedIn("viewer-alpha"), "/t/alpha/sessions/"+string(work.ID)
	reasons := []session.Omission{session.LongDiff, session.TooLarge, session.PatchTooLarge, session.InSubmodule, session.InvalidName, session.Unreadable}
	var files []session.FileChange
	for _, r := range reasons {
		files = append(files, session.FileChange{Path: string(r) + ".bin", Status: "added", Omitted: r})
	}
	if err := w.app.Work.SetDiff(t.Context(), l, files, []byte("# Not in this patch\n"), true); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Work.SetGaps(t.Context(), l, repository.Gaps{Submodules: []string{"vendor/lib"}, SubmoduleCount: 1}); err != nil {
		t.Fatal(err)
	}
	for _, view := range []string{"unified", "split"} {
		d := b.get(path+"/changes?view="+view).want(t, http.StatusOK).doc(t)
		for _, r := range reasons {
			want := "Not in the patch: " + r.Cause()
			if r.InPatch() {
				want = "Not shown: " + r.Cause() + ". Download the patch"
			}
			row := d.Find(`details:has([data-omitted="` + string(r) + `"])`)
			if text := row.Text(); row.Length() != 1 || !strings.Contains(text, string(r)+".bin") || !strings.Contains(text, want) || strings.Contains(text, "Binary file. Download the patch") {
				t.Errorf("the row of %s says %q", r, text)
			}
		}
		if text := d.Find("main").Text(); !strings.Contains(text, "patch without 5 files") || !strings.Contains(text, "vendor/lib") {
			t.Errorf("the page does not say what is missing: %s", strings.Join(strings.Fields(text), " "))
		}
	}
	if text := b.get(path).doc(t).Find("[data-gaps]").Text(); !strings.Contains(text, "1 submodule is not fetched") {
		t.Errorf("the session says %q", text)
	}
}
