package workspace_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func TestASessionsWorkIsMergedAndCheckedInASandboxOfItsOwn(t *testing.T) {
	t.Parallel()
	y := newYard(t, map[string]string{}, "test -f work.txt", "git log -1 --format=%s | grep -q 'Do work'")
	y.opt.Source = func(context.Context, tenant.ID, repository.ID) (repository.Repository, string, error) {
		return y.repo, "", nil
	}
	w, ctx := y.space(), t.Context()
	s := session.Session{ID: "01920000-0000-7000-8000-000000000042", Tenant: yardTeam, RepositoryID: y.repo.ID, Branch: "orchestrator/1-work", BaseRef: "main", Title: "Do work", CreatedAt: time.Unix(1e9, 0)}
	dir, base, err := w.Open(ctx, s)
	must(t, err)
	s.BaseCommit = base
	if tip, err := w.Commit(ctx, s); err != nil || tip != "" {
		t.Errorf("without changes, the work is %q, %v", tip, err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "work.txt"), []byte("done\n"), 0o600))
	kept, err := w.Keep(ctx, s)
	must(t, err)
	tip := kept.Commit
	if again, err := w.Commit(ctx, s); err != nil || again != tip || tip == "" {
		t.Errorf("the work is %q, then %q, %v", tip, again, err)
	}
	y.commit(t, "echo more > more")
	b, err := w.MergeBase(ctx, yardTeam, y.repo)
	must(t, err)
	entry := merge.Entry{Repository: y.repo.ID, Session: s.ID, SessionTitle: s.Title, Head: tip, AddedAt: time.Unix(1e9, 0)}
	stacked, err := w.Stack(ctx, yardTeam, b.Commit, entry)
	must(t, err)
	again, err := w.Stack(ctx, yardTeam, b.Commit, entry)
	must(t, err)
	if stacked.Commit == "" || stacked.Commit != again.Commit || stacked.Tree != again.Tree {
		t.Errorf("the same work became %+v, then %+v", stacked, again)
	}
	if paths, err := w.Conflicts(ctx, yardTeam, y.repo.ID, "main", tip); err != nil || len(paths) > 0 {
		t.Errorf("it conflicts in %q, %v", paths, err)
	}
	verdicts := func(commit string) (out []repository.Verdict) {
		results, err := w.CheckCommit(ctx, yardTeam, y.repo, commit)
		must(t, err)
		for _, r := range results {
			out = append(out, r.Verdict)
		}
		return out
	}
	if got := verdicts(stacked.Commit); !slices.Equal(got, []repository.Verdict{repository.Passed, repository.Passed}) {
		t.Errorf("the merged tree: %q", got)
	}
	if got := verdicts(b.Commit); !slices.Equal(got, []repository.Verdict{repository.Broken}) {
		t.Errorf("the base: %q", got)
	}
	if left := y.names(t, "merge"); len(left) > 0 {
		t.Errorf("a check left %q", left)
	}
	if err := w.Land(ctx, yardTeam, y.repo, "", b.Commit, stacked.Commit); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "is checked out") {
		t.Errorf("the checked-out branch was moved: %v", err)
	}
	y.commit(t, "git checkout -q -b elsewhere; echo elsewhere > elsewhere")
	if now, err := w.MergeBase(ctx, yardTeam, y.repo); err != nil || now.Commit != b.Commit {
		t.Errorf("the base is %q, %v after a refused landing", now.Commit, err)
	}
	must(t, w.Land(ctx, yardTeam, y.repo, "", b.Commit, stacked.Commit))
	_, err = w.Clone(ctx, yardTeam, y.repo, "", nil)
	must(t, err)
	if now, err := w.MergeBase(ctx, yardTeam, y.repo); err != nil || now.Commit != stacked.Commit {
		t.Errorf("the base is %q, %v after the landing", now.Commit, err)
	}
	if err := w.Land(ctx, yardTeam, y.repo, "", b.Commit, tip); !fault.Is(err, fault.Conflict) {
		t.Errorf("a base that had moved was overwritten: %v", err)
	}
	y.commit(t, "echo another > work.txt")
	elsewhere := y.repo
	elsewhere.DefaultBranch = "elsewhere"
	other, err := w.MergeBase(ctx, yardTeam, elsewhere)
	must(t, err)
	if paths, err := w.Conflicts(ctx, yardTeam, y.repo.ID, "main", other.Commit); err != nil || !slices.Equal(paths, []string{"work.txt"}) {
		t.Errorf("it conflicts in %q, %v", paths, err)
	}
	must(t, w.DropBranch(ctx, s))
	if tip, err := w.Tip(ctx, s); err != nil || tip != "" {
		t.Errorf("the dropped branch is at %q, %v", tip, err)
	}
}
