package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	git.Main()
	os.Exit(m.Run())
}

// yard is a person's repository, its bare clone and the trees made from it.
type yard struct {
	*git.Git
	root, origin, bare string
}

func newYard(t *testing.T, o git.Options) *yard {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	y := &yard{root: root, origin: filepath.Join(root, "origin"), bare: filepath.Join(root, "repos", "r.git")}
	o.Home = filepath.Join(root, "githome")
	y.Git, err = git.New(o)
	must(t, err)
	must(t, os.MkdirAll(y.origin, 0o700))
	sh(t, y.origin, `git init -q -b main . && echo one > file && mkdir dir && echo two > dir/two && printf 'no end' > noend &&
		printf '\000\001\002bin' > bin && echo '#!/bin/sh' > run && chmod +x run && ln -s file link && echo 'ignored/' > .gitignore && git add . && git commit -qm first`)
	return y
}

// cloned is a yard with its bare clone and one tree.
func cloned(t *testing.T, o git.Options) (*yard, git.Tree, string) {
	t.Helper()
	y := newYard(t, o)
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	tree := y.tree("s1")
	base, err := y.NewTree(t.Context(), tree, "orchestrator/1-work", "main")
	must(t, err)
	return y, tree, base
}

func (y *yard) tree(session string) git.Tree {
	return git.Tree{Dir: filepath.Join(y.root, "work", session, "tree"), Git: filepath.Join(y.root, "work", session, "git"), Own: filepath.Join(y.root, "trees", session+".git"), Bare: y.bare}
}

// sh runs a script as a person with a git of their own.
func sh(t *testing.T, dir, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "LC_ALL=C.UTF-8",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
	return string(out)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
