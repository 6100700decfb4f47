package git_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

func TestARevertIsSeenOnTheBase(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	fetch := func() { t.Helper(); must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil)) }
	commit := func(script string) string {
		t.Helper()
		lines := strings.Fields(sh(t, y.origin, script+` && git rev-parse HEAD`))
		return lines[len(lines)-1]
	}
	is := func(when, of string, want bool) {
		t.Helper()
		fetch()
		if got, err := y.Reverted(t.Context(), y.bare, "main", of); err != nil || got != want {
			t.Errorf("%s: reverted %t, %v", when, got, err)
		}
	}
	fetch()
	before := commit(`true`)
	merge := commit(`git checkout -qb work && echo x > x && git add x && git commit -qm work && git checkout -q main && git merge -q --no-ff -m merged work`)
	if got, err := y.Reverted(t.Context(), y.bare, "main", merge); err != nil || got {
		t.Errorf("a merge that was not fetched yet: %t, %v", got, err)
	}
	is("merged", merge, false)
	other := commit(`git commit -q --allow-empty -m "This reverts commit of my mood"`)
	is("a commit that only sounds so", merge, false)
	revert := commit(`git revert -m 1 --no-edit ` + merge)
	is("reverted", merge, true)
	is("not the other one", other, false)
	commit(`git revert --no-edit ` + revert)
	is("the revert was reverted", merge, false)
	commit(`git reset -q --hard ` + before + ` && git commit -q --allow-empty -m other`)
	is("the base was set back", merge, true)
	if got, err := y.Reverted(t.Context(), y.bare, "gone", merge); err != nil || got {
		t.Errorf("a base that is gone: %t, %v", got, err)
	}
	for _, bad := range []string{"--output=x", "main", ""} {
		if _, err := y.Reverted(t.Context(), y.bare, "main", bad); err == nil {
			t.Errorf("%q is no commit", bad)
		}
	}
}
