package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

func TestFetchPrunesOriginAndNothingElse(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	sh(t, y.origin, `git branch gone && git tag v1 && git tag gone-tag`)
	var output []string
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, func(l string) { output = append(output, l) }))
	if len(output) == 0 {
		t.Error("no progress was told")
	}
	sh(t, y.bare, `git update-ref refs/heads/orchestrator/1-work refs/remotes/origin/gone && git update-ref refs/orchestrator/checkpoints/1 refs/remotes/origin/gone`)
	sh(t, y.origin, `git branch -D gone -q && git tag -d gone-tag && git checkout -qb new && echo x > new && git add . && git commit -qm new`)
	must(t, y.Fetch(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	refs := strings.Fields(sh(t, y.bare, `git for-each-ref --format='%(refname)'`))
	want := []string{"refs/heads/orchestrator/1-work", "refs/orchestrator/checkpoints/1", "refs/remotes/origin/main", "refs/remotes/origin/new", "refs/tags/v1"}
	if !slices.Equal(refs, want) {
		t.Errorf("refs %v, want %v", refs, want)
	}
	branches, err := y.Branches(t.Context(), y.bare)
	must(t, err)
	if !slices.Equal(branches, []string{"new", "main"}) && !slices.Equal(branches, []string{"main", "new"}) {
		t.Errorf("branches %v", branches)
	}
}

func TestAFailedCloneLeavesNothing(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	sh(t, y.origin, `rm -r .git/objects/??`)
	err := y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil)
	var failed *git.Error
	if !errors.As(err, &failed) || failed.Op != "fetch" {
		t.Fatalf("got %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(y.bare))
	must(t, err)
	if len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

func TestResolveFindsBranchTagAndCommit(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	sh(t, y.origin, `git tag -a v1 -m v1`)
	commit := strings.TrimSpace(sh(t, y.origin, `git rev-parse HEAD`))
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	for _, ref := range []string{"main", "v1", commit, commit[:10]} {
		got, err := y.Resolve(t.Context(), y.bare, ref)
		if err != nil || got != commit {
			t.Errorf("%s: %s, %v", ref, got, err)
		}
	}
	for _, ref := range []string{"nothing", "--help", "main~1", "HEAD@{1}", "0000000", "../main", ""} {
		if _, err := y.Resolve(t.Context(), y.bare, ref); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", ref, err)
		}
	}
}

func TestLocalRepositoriesThatBorrowAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, script string }{
		{"alternates", `echo /elsewhere > .git/objects/info/alternates`},
		{"git file", `mv .git ../elsewhere && echo "gitdir: $PWD/../elsewhere" > .git`},
		{"git link", `mv .git ../elsewhere && ln -s ../elsewhere .git`},
		{"linked objects", `mv .git/objects ../elsewhere && ln -s ../../elsewhere .git/objects`},
		{"one linked object", `d=$(ls -d .git/objects/?? | head -1) && mv $d ../elsewhere && ln -s ../../../elsewhere $d`},
		{"linked refs", `mv .git/refs ../elsewhere && ln -s ../../elsewhere .git/refs`},
		{"common directory", `echo ../../elsewhere > .git/commondir`},
		{"pipe for a head", `rm .git/HEAD && mkfifo .git/HEAD`},
		{"no repository", `rm -r .git`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			y := newYard(t, git.Options{})
			sh(t, y.origin, tt.script)
			if _, err := git.AllowedPath([]string{y.root}, y.origin); !fault.Is(err, fault.Invalid) {
				t.Errorf("allowed: %v", err)
			}
			if err := y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil); !fault.Is(err, fault.Invalid) {
				t.Errorf("cloned: %v", err)
			}
		})
	}
}

func TestAllowedPathStaysBelowTheRoot(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	sh(t, y.root, `mkdir team && cp -r origin team/repo && ln -s ../origin team/out && ln -s repo team/in && cp -r origin teamster`)
	roots := []string{filepath.Join(y.root, "missing"), filepath.Join(y.root, "team")}
	tests := map[string]bool{"team/repo": true, "team/in": true, "team/out": false, "team/../origin": false, "origin": false, "teamster": false, "team/none": false}
	for path, want := range tests {
		got, err := git.AllowedPath(roots, y.root+"/"+path)
		if (err == nil) != want || want && got != filepath.Join(y.root, "team", "repo") {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}

func TestOnlyHTTPSAndSSHAreCloned(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	mark := filepath.Join(y.root, "ran")
	for _, url := range []string{
		"file://" + y.origin, y.origin, "ext::sh -c 'touch " + mark + "'", "http://127.0.0.1:1/r", "git://127.0.0.1/r", "fd::17",
		"ssh://-oProxyCommand=touch%20" + mark + "/r", "-u@host:path", "--upload-pack=touch " + mark,
	} {
		if err := y.Clone(t.Context(), git.Source{URL: url}, y.bare, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a URL ran a program")
	}
}
