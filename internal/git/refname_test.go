package git_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// oddBranches are names that git allows and that people use.
var oddBranches = []string{"größe", "功能/登录", "emoji🎉", "feature#12", "fix(ui)", "_dev", "a=b", "x,y", "100%", "it's", "a./b", "{x}", "$HOME", "a|b", "a;b", "!x", "\"q\"", "a&b", "<x>"}

// TestOurRulesForBranchesAreGits asks git itself about every name; we also refuse a leading hyphen.
func TestOurRulesForBranchesAreGits(t *testing.T) {
	t.Parallel()
	names := append([]string{"main", "a..b", "a.", "a.lock", "a.lock/b", ".a", "a/.b", "a//b", "a/", "/a", "a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", `a\b`, "a@{b", "@{", "a@b", "a\tb", "a\x7fb", "a\x01", "-/a"}, oddBranches...)
	for c := rune(1); c < 0x180; c++ {
		names = append(names, "x"+string(c)+"y", "x"+string(c), string(c)+"y")
	}
	for _, name := range names {
		allowed := exec.CommandContext(t.Context(), "git", "check-ref-format", "refs/heads/"+name).Run() == nil && !strings.HasPrefix(name, "-")
		if err := repository.CheckRef("default_branch", name); (err == nil) != allowed {
			t.Errorf("%q: git says %v, we say %v", name, allowed, err)
		}
	}
}

// TestATreeStartsFromEveryBranchThatGitAllows clones, lists and checks out each of them.
func TestATreeStartsFromEveryBranchThatGitAllows(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	for _, name := range oddBranches {
		sh(t, y.origin, "git branch -- "+"'"+strings.ReplaceAll(name, "'", `'\''`)+"'")
	}
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	for i, name := range oddBranches {
		tree := y.tree("s" + string(rune('a'+i)))
		if _, err := y.NewTree(t.Context(), tree, "orchestrator/1-work", name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	branches, err := y.Branches(t.Context(), y.bare)
	must(t, err)
	if len(branches) != len(oddBranches)+1 {
		t.Errorf("%d branches: %q", len(branches), branches)
	}
}
