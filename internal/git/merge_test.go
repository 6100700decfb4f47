package git_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// branches makes commits in the bare clone: each script changes a checkout of main's commit.
func (y *yard) branches(t *testing.T, scripts ...string) (heads []string) {
	t.Helper()
	sh(t, y.root, `git clone -q origin client && cd client && git checkout -q -b base`)
	client := y.root + "/client"
	for i, s := range scripts {
		name := "b" + string(rune('a'+i))
		sh(t, client, `git checkout -q -b `+name+` base && (`+s+`) && git add -A && (git diff --cached --quiet || git commit -qm "work `+name+`") && git push -q ../repos/r.git HEAD:refs/heads/orchestrator/`+name)
		heads = append(heads, strings.TrimSpace(sh(t, client, `git rev-parse HEAD`)))
	}
	return heads
}

var mergeAt = time.Unix(1e9, 0)

func TestMergesAreMadeWithoutACheckout(t *testing.T) {
	t.Parallel()
	y, _, base := cloned(t, git.Options{})
	h := y.branches(t, `echo a > a`, `echo b > b`, `echo other > file && echo '* merge=union' > .gitattributes`, `echo mine > file`, `echo 1 > c && git add c && git commit -qm one && echo 2 > d`)
	m, err := y.Merge(t.Context(), y.bare, h[0], h[1], git.Commit{Message: "Merge b\n", At: mergeAt})
	must(t, err)
	if got := sh(t, y.bare, `git ls-tree --name-only `+m.Commit+` a b && git log -1 --format=%s,%P `+m.Commit+` && git rev-parse `+m.Commit+`^{tree}`); got != "a\nb\nMerge b,"+h[0]+" "+h[1]+"\n"+m.Tree+"\n" {
		t.Errorf("the merge has %s", got)
	}
	if m, err = y.Merge(t.Context(), y.bare, h[2], h[3], git.Commit{Message: "x", At: mergeAt}); err != nil || m.Commit != "" || !slices.Equal(m.Conflicts, []string{"file"}) {
		t.Errorf("a conflict: %+v, %v", m, err)
	}
	if m, err = y.Merge(t.Context(), y.bare, h[0], strings.Repeat("ab", 20), git.Commit{Message: "x", At: mergeAt}); err == nil || len(m.Conflicts) > 0 {
		t.Errorf("a commit that does not exist: %+v, %v", m, err)
	}
	rebased, ok, err := y.Rebase(t.Context(), y.bare, h[0], h[1], mergeAt)
	must(t, err)
	if got := sh(t, y.bare, `git log --format=%s,%an `+base+`..`+rebased.Commit); !ok || got != "work bb,a\nwork ba,a\n" {
		t.Errorf("rebased: %v, %s", ok, got)
	}
	if _, ok, err = y.Rebase(t.Context(), y.bare, h[0], h[4], mergeAt); ok || err != nil {
		t.Errorf("two commits were rebased: %v", err)
	}
	if m, ok, err = y.Rebase(t.Context(), y.bare, h[2], h[3], mergeAt); !ok || err != nil || !slices.Equal(m.Conflicts, []string{"file"}) {
		t.Errorf("a conflict of a rebase: %+v, %v, %v", m, ok, err)
	}
	for _, pair := range [][2]string{{base, h[0]}, {h[0], h[0]}} {
		if is, err := y.Contains(t.Context(), y.bare, pair[1], pair[0]); err != nil || !is {
			t.Errorf("%s is not in %s: %v", pair[0], pair[1], err)
		}
	}
	if is, err := y.Contains(t.Context(), y.bare, h[1], h[0]); err != nil || is {
		t.Errorf("%s is in %s: %v", h[0], h[1], err)
	}
	both, conflicts, err := y.Overlap(t.Context(), y.bare, h[2], h[3])
	if err != nil || !slices.Equal(both, []string{"file"}) || !slices.Equal(conflicts, []string{"file"}) {
		t.Errorf("overlap of the two: %q, %q, %v", both, conflicts, err)
	}
	if both, conflicts, err = y.Overlap(t.Context(), y.bare, h[0], h[1]); err != nil || len(both)+len(conflicts) > 0 {
		t.Errorf("overlap of others: %q, %q, %v", both, conflicts, err)
	}
}
