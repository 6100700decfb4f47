package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// evil is a git directory in which everything that can name a program names one that leaves a canary.
const evil = `
evil() { # gitdir
	set -- "$(realpath -m "$1")"
	git init -q "$1.tmp" && cp -r "$1.tmp/.git/." "$1" && rm -r "$1.tmp"
	printf '#!/bin/sh\ntouch %s\n' "$CANARY" > "$1/run" && chmod +x "$1/run"
	mkdir -p "$1/hooks"
	for h in post-index-change pre-commit post-checkout reference-transaction post-merge pre-auto-gc fsmonitor-watchman; do cp "$1/run" "$1/hooks/$h"; done
	for k in core.fsmonitor core.sshCommand core.pager core.editor core.alternateRefsCommand diff.external diff.x.command diff.x.textconv \
		filter.x.clean filter.x.smudge filter.x.process merge.x.driver credential.helper uploadpack.packObjectsHook core.gitProxy gpg.program; do
		git --git-dir="$1" config "$k" "$1/run"
	done
	git --git-dir="$1" config filter.x.required true
	git --git-dir="$1" config core.hooksPath "$1/hooks"
	git --git-dir="$1" config alias.diff-tree "!$1/run"
	printf '[core]\n\tfsmonitor = %s/run\n' "$1" > "$1/more" && git --git-dir="$1" config include.path "$1/more"
}
`

// inside moves the git directory into the tree, as in a session of an earlier version, or where an agent can replace the file .git.
const inside = "rm .git; mv ../git .git\n"

func TestNothingPlantedRuns(t *testing.T) {
	t.Parallel()
	plants := []struct{ name, script string }{
		{"git directory beside the tree", `evil ../git`},
		{"own git directory", `evil .git`},
		{"git file", `evil ../evil; rm -r .git; echo "gitdir: $PWD/../evil" > .git`},
		{"git link", `evil ../evil; rm -r .git; ln -s ../evil .git`},
		{"git file inside the tree", `mkdir .e; evil .e/vil; rm -r .git; echo "gitdir: $PWD/.e/vil" > .git`},
		{"attributes", `evil .git; echo '* filter=x diff=x merge=x' | tee .gitattributes dir/.gitattributes .git/info/attributes > /dev/null`},
		{"repository inside", `mkdir sub; evil sub/.git; cd sub; touch x; git -c core.fsmonitor=false -c core.hooksPath=/dev/null update-index --add --cacheinfo 100644,$(git hash-object -w x),x; cd ..; git status > /dev/null; rm -f "$CANARY"; evil .git`},
		{"git directory in a known directory", `evil dir/.git; evil .git`},
		{"git file to outside inside", `evil ../evil; mkdir sub; echo "gitdir: $PWD/../evil" > sub/.git; evil .git`},
		{"submodule", `evil .git; mkdir sub; evil sub/.git; printf '[submodule "sub"]\n\tpath = sub\n\turl = ../x\n\tupdate = !touch %s\n\tignore = all\n' "$CANARY" > .gitmodules`},
		{"bare repository at the root", `evil .git; cp -r .git/* .`},
		{"common directory", `evil ../evil; evil .git; echo ../../evil > .git/commondir`},
		{"worktree elsewhere", `evil .git; git --git-dir=.git config core.worktree "$PWD/.."`},
	}
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			y, tree, base := cloned(t, git.Options{})
			canary := filepath.Join(y.root, "canary")
			sh(t, tree.Dir, "CANARY="+canary+evil+orInside(p.script)+"\necho planted >> file; echo fresh > new")
			// The person's git, run there, falls into the trap: so it is one.
			sh(t, tree.Dir, `git status >/dev/null 2>&1 || true; git diff >/dev/null 2>&1 || true; git add -A >/dev/null 2>&1 || true`)
			if _, err := os.Stat(canary); err != nil {
				t.Fatal("nothing dangerous was planted")
			}
			must(t, os.Remove(canary))
			d, err := y.Diff(t.Context(), tree, base)
			must(t, err)
			if _, err := os.Stat(canary); err == nil {
				t.Error("a planted program ran")
			}
			for _, line := range []string{"+planted\n", "+fresh\n"} {
				if !strings.Contains(string(d.Patch), line) {
					t.Errorf("%q is not in the changes: %.500s", line, d.Patch)
				}
			}
			must(t, y.Remove(t.Context(), tree))
		})
	}
}

// orInside leaves the git directory where it is for a script that attacks it there.
func orInside(script string) string {
	if strings.Contains(script, "../git") {
		return script
	}
	return inside + script
}

func TestNothingInARepositoryRunsWhenItIsCloned(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	canary := filepath.Join(y.root, "canary")
	sh(t, y.origin, "CANARY="+canary+evil+`
		printf '* filter=x diff=x working-tree-encoding=nonsense ident\n' > .gitattributes
		printf '[submodule "sub"]\n\tpath = sub\n\turl = ext::touch %s\n\tupdate = !touch %s\n' "$CANARY" "$CANARY" > .gitmodules
		mkdir -p .git/info; echo '* !working-tree-encoding' > .git/info/attributes
		git add .
		git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub
		git commit -qm evil
		evil .git; git --git-dir=.git config --unset core.fsmonitor; rm -f "$CANARY"`)
	if err := y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a config that includes a file is not refused: %v", err)
	}
	sh(t, y.origin, `git config --unset include.path`)
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	tree := y.tree("s1")
	base, err := y.NewTree(t.Context(), tree, "b", "main")
	must(t, err)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if len(d.Files) != 0 {
		t.Errorf("a fresh tree has changes: %+v", d.Files)
	}
	sh(t, tree.Dir, `mkdir -p sub; echo hidden > sub/code`)
	if d, err = y.Diff(t.Context(), tree, base); err != nil || len(d.Files) != 1 || d.Files[0].Path != "sub" {
		t.Errorf("what fills a submodule's place is not named: %v %+v", err, d.Files)
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("a program of the repository ran")
	}
}

func TestNothingHidesFromTheChanges(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, script, want string }{
		{"told to be binary", `echo '* -diff -text' > .gitattributes; echo seen >> file`, "+seen\n"},
		{"same size and time", `touch -r file ../t; printf 'eno\n' > file; touch -r ../t file`, "+eno\n"},
		{"assumed unchanged", `git update-index --assume-unchanged file; echo seen > file`, "+seen\n"},
		{"the agent's own excludes", `echo new > "$(git rev-parse --git-dir)/info/exclude"; echo seen > new`, "+seen\n"},
		{"ignored, but of the base", `echo file > .gitignore; echo seen > file`, "+seen\n"},
		{"in a known directory that became a repository", `git init -q dir; echo seen > dir/new`, "+seen\n"},
		{"replaced objects", `git replace $(git rev-parse HEAD:file) $(git rev-parse HEAD:bin); echo seen > file`, "+seen\n"},
		{"an id that collapses", `echo '* ident' > .gitattributes; echo '$Id: seen $' > file`, "+$Id: seen $\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			y, tree, base := cloned(t, git.Options{})
			sh(t, tree.Dir, tt.script)
			d, err := y.Diff(t.Context(), tree, base)
			must(t, err)
			if !strings.Contains(string(d.Patch), tt.want) {
				t.Errorf("%q is not in %s", tt.want, d.Patch)
			}
		})
	}
}

func TestNoLinkIsFollowed(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	outside := filepath.Join(y.root, "outside")
	sh(t, y.root, `mkdir outside && echo the-secret > outside/two && echo the-secret > outside/more`)
	sh(t, tree.Dir, `rm -r dir && ln -s `+outside+` dir && ln -s `+outside+`/two direct && ln -s `+outside+`/more .gitattributes && rm .gitignore && ln -s `+outside+`/more .gitignore`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if strings.Contains(string(d.Patch), "the-secret") || !strings.Contains(string(d.Patch), "+"+outside+"/two") {
		t.Errorf("a link was followed or is not named: %s", d.Patch)
	}
}

// TestADeepTreeIsRefused: no path can name such directories, and each level must not cost more than the one before.
func TestADeepTreeIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at, err := unix.Open(dir, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	for range 2000 {
		err = errors.Join(err, unix.Mkdirat(at, "a", 0o700))
		next, failed := unix.Openat(at, "a", unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		err = errors.Join(err, failed, unix.Close(at))
		at = next
	}
	if err = errors.Join(err, unix.Close(at)); err != nil {
		t.Fatal(err)
	}
	if _, err := git.Nested(t.Context(), dir); !fault.Is(err, fault.Exhausted) || !strings.Contains(err.Error(), "256 levels") {
		t.Errorf("a tree of 2,000 levels: %v", err)
	}
}
