package git_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// TestAFetchTellsWhetherSessionsCanStart has a source for each reason why none can.
func TestAFetchTellsWhetherSessionsCanStart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, script, branch string
		problem              string // "" if sessions can start
		branches             []string
	}{
		{"usable", `true`, "main", "", []string{"main"}},
		{"a tag", `git tag v1`, "v1", "", []string{"main"}},
		{"no commits", `rm -rf .git && git init -q -b main .`, "main", "has no commits yet", nil},
		{"other default branch", `git branch -m main entwicklung`, "main", `has no branch "main". It has entwicklung.`, []string{"entwicklung"}},
		{"detached without main", `git checkout -q --detach && git branch -m main a && git branch b`, "main", "It has ", []string{"a", "b"}},
		{"HEAD", `true`, "HEAD", `has no branch "HEAD". It has main.`, []string{"main"}},
		{"a full name", `true`, "refs/heads/main", `has no branch "refs/heads/main". It has main.`, []string{"main"}},
		{"many branches", `for i in $(seq 60); do git branch b$i; done`, "master", "and 51 more.", nil},
		{"shallow", `echo 2 > file && git commit -qam 2 && cd .. && git clone -q --depth 1 file://$PWD/origin cut && rm -rf origin && mv cut origin`, "main",
			"shallow clone, which has only a part of its history, so nothing could be fetched. Run git fetch --unshallow", nil},
		{"shallow, with a branch that is whole", `echo 2 > file && git commit -qam 2 && cd .. && git clone -q --depth 1 file://$PWD/origin cut && rm -rf origin && mv cut origin &&
			cd origin && git checkout -q --orphan whole && git commit -qm whole`, "main", `"main" could not be fetched, because the source is a shallow clone. Run git fetch --unshallow in the source. It has whole.`, []string{"whole"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			y := newYard(t, git.Options{})
			sh(t, y.origin, tt.script)
			must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
			found, err := y.Inspect(t.Context(), y.bare, tt.branch)
			must(t, err)
			if problem := found.Problem(); (problem == "") != (tt.problem == "") || !strings.Contains(problem, tt.problem) {
				t.Errorf("problem %q, want %q", problem, tt.problem)
			}
			if slices.Sort(found.Branches); tt.branches != nil && !slices.Equal(found.Branches, tt.branches) {
				t.Errorf("branches %q, want %q", found.Branches, tt.branches)
			}
			_, err = y.NewTree(t.Context(), y.tree("s1"), "b", tt.branch)
			if (err == nil) != (tt.problem == "") {
				t.Errorf("a session starts: %v, although the page says %q", err == nil, found.Problem())
			}
			if err != nil && len(tt.branches) > 0 && !strings.Contains(err.Error(), tt.branches[0]) {
				t.Errorf("the session's error does not name the branches: %v", err)
			}
		})
	}
}

// TestAShallowSourceThatBecomesWholeIsUsable: the state is that of the last fetch.
func TestAShallowSourceThatBecomesWholeIsUsable(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	sh(t, y.origin, `echo 2 > file && git commit -qam 2 && cd .. && git clone -q --depth 1 file://$PWD/origin cut`)
	src := git.Source{Path: y.root + "/cut"}
	must(t, y.Clone(t.Context(), src, y.bare, nil))
	if found, err := y.Inspect(t.Context(), y.bare, "main"); err != nil || !found.Shallow || found.HasDefault {
		t.Errorf("%+v, %v", found, err)
	}
	sh(t, src.Path, `git fetch -q --unshallow`)
	must(t, y.Clone(t.Context(), src, y.bare, nil))
	if found, err := y.Inspect(t.Context(), y.bare, "main"); err != nil || found.Shallow || !found.HasDefault || found.Problem() != "" || len(found.Notes()) > 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestSubmodulesAndLFSPointersAreFound(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	pointer := `printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 12345\n' 7`
	sh(t, y.origin, `mkdir -p assets && `+pointer+` > assets/logo.png &&
		`+pointer+` > 'odd "name".bin' && head -c 130 /dev/zero > zeros && seq 40 > other && git add . &&
		git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),vendor/lib && git commit -qm gaps`)
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	found, err := y.Inspect(t.Context(), y.bare, "main")
	must(t, err)
	want := repository.Gaps{Submodules: []string{"vendor/lib"}, SubmoduleCount: 1, LFSFiles: []string{"assets/logo.png", `odd "name".bin`}, LFSCount: 2}
	if fmt.Sprint(found.Gaps) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", found.Gaps, want)
	}
	notes := strings.Join(found.Notes(), " ")
	if !strings.Contains(notes, "1 submodule is not fetched, so its directory is empty: vendor/lib.") || !strings.Contains(notes, "2 files are stored with Git LFS") {
		t.Errorf("notes: %s", notes)
	}
}

// bomb is a tree of a few kilobytes that names ten to the power of ten files.
const bomb = `blob=$(echo x | git hash-object -w --stdin); tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '100644 blob %s\tf%s\n' $blob $i; done | git mktree)
	for level in 1 2 3 4 5 6 7 8 9; do tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\td%s\n' $tree $i; done | git mktree); done
	git update-ref refs/heads/main $(git commit-tree -m bomb $tree)`

func TestATreeBombEndsWithASentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, script, want string }{
		{"many files", bomb, "more than 1,000,000 files"},
		{"large files", `blob=$(head -c 100000000 /dev/zero | git hash-object -w --stdin); git update-ref refs/heads/main $(git commit-tree -m bomb $(seq 1000 |
			while read i; do printf '100644 blob %s\tf%s\n' $blob $i; done | git mktree))`, "larger than 20 GiB in total"},
		{"a long path", `git update-ref refs/heads/main $(git commit-tree -m bomb $(printf '100644 blob %s\t%s\n' $(echo x | git hash-object -w --stdin) $(printf 'a%.0s' $(seq 20000)) | git mktree))`,
			"longer than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			y := newYard(t, git.Options{CheckoutTimeout: time.Minute})
			sh(t, y.origin, tt.script)
			must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
			if _, err := y.Inspect(t.Context(), y.bare, "main"); !fault.Is(err, fault.Exhausted) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("inspected: %v", err)
			}
			if _, err := y.NewTree(t.Context(), y.tree("s1"), "b", "main"); !fault.Is(err, fault.Exhausted) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("checked out: %v", err)
			}
		})
	}
}
