package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// withHooks plants every hook that git has into a repository; each of them leaves a file outside it.
func withHooks(t *testing.T, y *yard) (ran func() string) {
	t.Helper()
	marks := filepath.Join(y.root, "marks")
	must(t, os.Mkdir(marks, 0o777))
	must(t, os.Chmod(marks, 0o777))
	hooks := filepath.Join(y.origin, ".git", "hooks")
	must(t, os.MkdirAll(hooks, 0o755))
	for _, name := range []string{"reference-transaction", "pre-receive", "update", "post-receive", "post-update", "push-to-checkout", "post-index-change", "pre-auto-gc", "post-checkout"} {
		must(t, os.WriteFile(filepath.Join(hooks, name), []byte("#!/bin/sh\ntouch "+marks+"/"+name+"\n"), 0o755))
	}
	return func() string { return sh(t, y.root, "ls marks") }
}

// own gives the yard's origin to another user, if this host can start programs as one.
func own(t *testing.T, y *yard) {
	t.Helper()
	if os.Geteuid() != 0 || !sandbox.Probe().Users {
		return
	}
	must(t, exec.CommandContext(t.Context(), "chown", "-R", "65534:65533", y.origin).Run())
}

func place(y *yard, work git.Saved, base, branch string) git.Place {
	return git.Place{Path: y.origin, Bare: y.bare, Commit: work.Commit, Base: base, Branch: branch}
}

// TestPlaceWritesABranchAsItsOwnerAndRunsNoHook, with the permissions of the repository.
func TestPlaceWritesABranchAsItsOwnerAndRunsNoHook(t *testing.T) {
	t.Parallel()
	y, tree, work := saved(t)
	base := strings.TrimSpace(sh(t, y.origin, "git rev-parse main"))
	const safe = "git --no-optional-locks -c safe.directory='*' "
	ran := withHooks(t, y)
	own(t, y)
	before := sh(t, y.origin, safe+"status --porcelain; "+safe+"rev-parse HEAD")
	p := place(y, work, base, "orchestrator/fix")
	for range 2 { // a repetition, as after a lost answer
		got, err := y.Place(t.Context(), p)
		must(t, err)
		if got != (git.Placed{Branch: "orchestrator/fix"}) {
			t.Errorf("placed %+v", got)
		}
	}
	sh(t, tree.Dir, "echo again > again")
	next, err := y.Save(t.Context(), tree, git.Save{Base: base, Onto: work.Commit, Message: "Again", At: moment})
	must(t, err)
	moved := place(y, next, base, "orchestrator/fix")
	_, err = y.Place(t.Context(), moved)
	mustFail(t, err, fault.Conflict, "already has a branch with this name")
	moved.Expect = work.Commit
	_, err = y.Place(t.Context(), moved)
	must(t, err)
	if at := strings.TrimSpace(sh(t, y.origin, safe+"rev-parse orchestrator/fix")); at != next.Commit {
		t.Errorf("the branch is at %s, not %s", at, next.Commit)
	}
	if after := sh(t, y.origin, safe+"status --porcelain; "+safe+"rev-parse HEAD"); after != before {
		t.Errorf("the working tree changed: %q", after)
	}
	sh(t, y.origin, safe+"fsck --strict")
	if foreign := sh(t, y.origin, `find . -not -uid $(stat -c %u .) -o -not -gid $(stat -c %g .)`); foreign != "" {
		t.Errorf("files of somebody else:\n%s", foreign)
	}
	if names := ran(); names != "" {
		t.Errorf("hooks ran: %s", names)
	}
	if fewer := sh(t, y.origin, `chmod 755 .git/objects; find .git/objects -name '*.pack' -not -perm -u=r`); fewer != "" {
		t.Errorf("packs that their owner cannot read: %s", fewer)
	}
}

// TestPlaceNeverMovesABranchThatAPersonWorksOn: it writes the next free name instead.
func TestPlaceNeverMovesABranchThatAPersonWorksOn(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"checked out":                    `git switch -qc wanted`,
		"checked out in another tree":    `git worktree add -q ../linked -b wanted`,
		"checked out, not committed yet": `git symbolic-ref HEAD refs/heads/wanted`,
		"being rebased":                  `git switch -qc other && echo o > file && git commit -qam o && git switch -qc wanted main && echo w > file && git commit -qam w && ! git rebase -q other`,
		"being rebased with am":          `git switch -qc other && echo o > file && git commit -qam o && git switch -qc wanted main && echo w > file && git commit -qam w && ! git rebase -q --apply other`,
		"being bisected":                 `git switch -qc wanted && git commit -q --allow-empty -m x && git bisect start -q && git bisect bad && git bisect good HEAD^ ; git checkout -q HEAD^0`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, _, work := saved(t)
			base := strings.TrimSpace(sh(t, y.origin, "git rev-parse main"))
			sh(t, y.origin, script+"; git branch wanted-2 main")
			before := sh(t, y.origin, "git for-each-ref; cat .git/HEAD")
			for range 2 {
				got, err := y.Place(t.Context(), place(y, work, base, "wanted"))
				must(t, err)
				if got != (git.Placed{Branch: "wanted-3", InUse: true}) {
					t.Errorf("placed %+v", got)
				}
			}
			after := sh(t, y.origin, "git for-each-ref | grep -v /wanted-3; cat .git/HEAD")
			if after != before {
				t.Errorf("it moved something:\n%s\n%s", before, after)
			}
			if at := strings.TrimSpace(sh(t, y.origin, "git rev-parse wanted-3")); at != work.Commit {
				t.Errorf("wanted-3 is at %s", at)
			}
		})
	}
}

// TestPlaceSaysWhyAndChangesNothing.
func TestPlaceSaysWhyAndChangesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script, branch string
		kind           fault.Kind
		words          string
	}{
		"another branch":    {`git branch wanted`, "wanted", fault.Conflict, "already has a branch with this name"},
		"a part of a name":  {`git branch wanted/x`, "wanted", fault.Conflict, "the name of another branch is a part of it"},
		"a name is a part":  {`git branch wanted`, "wanted/x", fault.Conflict, "the name of another branch is a part of it"},
		"a lock":            {`touch .git/refs/heads/wanted.lock`, "wanted", fault.Conflict, "another git process"},
		"not a branch":      {`true`, "-x", fault.Invalid, "not a valid branch"},
		"borrowed objects":  {`echo /somewhere > .git/objects/info/alternates`, "wanted", fault.Invalid, "borrows objects"},
		"a link":            {`mv .git/refs ../refs && ln -s ../../refs .git/refs`, "wanted", fault.Invalid, "symbolic link"},
		"an included file":  {`git config include.path /etc/hostname`, "wanted", fault.Invalid, "config"},
		"no place to write": {`chmod -R a-w .git/objects .git/refs`, "wanted", fault.Unavailable, "cannot write to the local repository"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, _, work := saved(t)
			sh(t, y.origin, c.script)
			own(t, y) // root could write anywhere
			t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", y.origin).Run() })
			refs := func() string {
				return sh(t, y.origin, "find .git/refs .git/packed-refs .git/HEAD -type f 2>/dev/null | sort | xargs cat")
			}
			before := refs()
			_, err := y.Place(t.Context(), place(y, work, "", c.branch))
			mustFail(t, err, c.kind, c.words)
			if refs() != before {
				t.Error("a refused write changed a ref")
			}
		})
	}
}
