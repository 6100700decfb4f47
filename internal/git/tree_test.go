package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

func TestATreeIsACloneOfItsOwn(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	if got := strings.TrimSpace(sh(t, tree.Dir, `git rev-parse HEAD`)); got != base {
		t.Errorf("HEAD is %s, want %s", got, base)
	}
	facts := map[string]string{
		`git branch --show-current`:                             "orchestrator/1-work\n",
		`git remote`:                                            "",
		`git status --porcelain`:                                "",
		`git log --format=%s origin/main`:                       "first\n",
		`find ../git/objects -type f -name "*[0-9a-f]" | wc -l`: "0\n",
		`cat .git`: "gitdir: ../git\n",
		`git rev-parse --is-bare-repository --show-toplevel`: "false\n" + tree.Dir + "\n",
		`readlink link; cat noend; test -x run`:              "file\nno end",
		`ls ../git/hooks 2>/dev/null || true`:                "",
	}
	for script, want := range facts {
		if got := sh(t, tree.Dir, script); got != want {
			t.Errorf("%s: %q, want %q", script, got, want)
		}
	}
	sh(t, tree.Dir, `echo mine > file && git commit -qam mine`)
	again, err := y.NewTree(t.Context(), tree, "orchestrator/other", "main")
	must(t, err)
	if again != base || sh(t, tree.Dir, `cat file; git branch --show-current`) != "mine\norchestrator/1-work\n" {
		t.Error("a second call changed the tree")
	}
}

func TestATreeOutlivesItsBranchAtOrigin(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	sh(t, y.origin, `git checkout -q --orphan fresh && git commit -qm fresh && git branch -D main -q && git gc -q --prune=now`)
	must(t, y.Fetch(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	sh(t, y.bare, `git gc -q --prune=now`)
	sh(t, tree.Dir, `git fsck --no-dangling`)
	_, err := y.Diff(t.Context(), tree, base)
	must(t, err)
}

func TestAnEmptyTreeHasABase(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	tree := y.tree("empty")
	tree.Bare = ""
	base, err := y.NewEmptyTree(t.Context(), tree)
	must(t, err)
	sh(t, tree.Dir, `echo x > made && git log --format=%s`)
	again, err := y.NewEmptyTree(t.Context(), tree)
	must(t, err)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if again != base || len(d.Files) != 1 || d.Files[0].Path != "made" || d.Files[0].Status != "added" {
		t.Errorf("base %s and %s, files %+v", base, again, d.Files)
	}
}

func TestAHalfMadeTreeIsMadeAgain(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	// The server was killed between moving the clone and moving its own directory.
	must(t, os.Rename(tree.Own, tree.Own+".begun"))
	sh(t, tree.Dir, `rm file`)
	again, err := y.NewTree(t.Context(), tree, "orchestrator/1-work", "main")
	must(t, err)
	if again != base || sh(t, tree.Dir, `git status --porcelain`) != "" {
		t.Error("the tree is not whole")
	}
}

func TestAForeignDirectoryIsNotTakenForATree(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	must(t, os.RemoveAll(tree.Own))
	if _, err := y.NewTree(t.Context(), tree, "orchestrator/1-work", "main"); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	if sh(t, tree.Dir, `cat file`) != "one\n" || base == "" {
		t.Error("the directory was touched")
	}
}

func TestRemoveTakesWhatWasClosedToo(t *testing.T) {
	t.Parallel()
	y, tree, _ := cloned(t, git.Options{})
	sh(t, tree.Dir, `mkdir -p deep/er && touch deep/er/f && chmod 000 deep/er && chmod 500 deep && ln -s `+y.origin+` out`)
	must(t, y.Remove(t.Context(), tree))
	must(t, y.Remove(t.Context(), tree))
	for _, path := range []string{tree.Dir, tree.Own} {
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			t.Errorf("%s is still there", path)
		}
	}
	if refs := sh(t, y.bare, `git for-each-ref refs/orchestrator/`); refs != "" {
		t.Errorf("refs are still there: %s", refs)
	}
	sh(t, y.origin, `git status`)
}

// TestWhatAnAgentPutInThePlaceOfDotGitIsReplaced: its git directory is not what the agent says, and no link is followed.
func TestWhatAnAgentPutInThePlaceOfDotGitIsReplaced(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	outside := filepath.Join(y.root, "outside")
	must(t, os.WriteFile(outside, []byte("kept"), 0o600))
	for _, script := range []string{
		`echo "gitdir: /elsewhere" > .git`, `rm .git`, `rm .git && ln -s ` + outside + ` .git`, `rm .git && git init -q . && git commit -q --allow-empty -m evil`, `rm -rf .git && mkfifo .git`,
	} {
		sh(t, tree.Dir, script)
		again, err := y.NewTree(t.Context(), tree, "orchestrator/1-work", "main")
		must(t, err)
		if got := sh(t, tree.Dir, `cat .git; git rev-parse HEAD`); got != "gitdir: ../git\n"+base+"\n" || again != base {
			t.Errorf("after %s: %s", script, got)
		}
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "kept" {
		t.Errorf("outside is now %q, %v", text, err)
	}
}

// TestATreeOfAnEarlierVersionGoesOn: its git directory is in the tree.
func TestATreeOfAnEarlierVersionGoesOn(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	sh(t, tree.Dir, `rm .git && mv ../git .git && echo mine > file && git commit -qam mine`)
	again, err := y.NewTree(t.Context(), tree, "orchestrator/1-work", "main")
	must(t, err)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if again != base || len(d.Files) != 1 || sh(t, tree.Dir, `git log --format=%s`) != "mine\nfirst\n" {
		t.Errorf("base %s, want %s; files %+v", again, base, d.Files)
	}
	must(t, y.Remove(t.Context(), tree))
}
