package git_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/git/sshtest"
)

// saved is a yard with a tree whose work is in the bare clone.
func saved(t *testing.T) (*yard, git.Tree, git.Saved) {
	t.Helper()
	y, tree, base := cloned(t, git.Options{})
	sh(t, tree.Dir, `echo more >> file && git commit -qam "More" && echo new > new`)
	work, err := y.Save(t.Context(), tree, git.Save{Base: base, Message: "The rest", At: moment})
	must(t, err)
	return y, tree, work
}

// TestPushCreatesABranchAndMovesItOnlyForward, over https and ssh, with hooks of ours that must not run.
func TestPushCreatesABranchAndMovesItOnlyForward(t *testing.T) {
	t.Parallel()
	for name, reach := range map[string]func(*testing.T, *yard) git.Source{"https": overHTTPS, "ssh": overSSH} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, tree, work := saved(t)
			src := reach(t, y)
			hook := filepath.Join(y.bare, "hooks", "pre-push")
			must(t, os.MkdirAll(filepath.Dir(hook), 0o755))
			must(t, os.WriteFile(hook, []byte("#!/bin/sh\ntouch "+y.root+"/ran\nexit 1\n"), 0o755))
			push := git.Push{Source: src, Bare: y.bare, Commit: work.Commit, Branch: "fix/größe"}
			must(t, y.Push(t.Context(), push))
			must(t, y.Push(t.Context(), push)) // a repetition, as after a lost answer
			at := func() string { return strings.TrimSpace(sh(t, y.origin, "git rev-parse fix/größe")) }
			if at() != work.Commit {
				t.Errorf("the branch is at %s, not %s", at(), work.Commit)
			}
			if log := sh(t, y.origin, "git log --format='%an|%s' fix/größe"); log != "Orchestrator agent|The rest\na|More\na|first\n" {
				t.Errorf("log %q", log)
			}
			sh(t, tree.Dir, "echo again > again")
			next, err := y.Save(t.Context(), tree, git.Save{Base: push.Commit, Onto: work.Commit, Message: "Again", At: moment})
			must(t, err)
			moved := push
			moved.Commit = next.Commit
			mustFail(t, y.Push(t.Context(), moved), fault.Conflict, "already has a branch with this name")
			moved.Expect = work.Commit
			must(t, y.Push(t.Context(), moved))
			back := push
			back.Expect = next.Commit
			mustFail(t, y.Push(t.Context(), back), fault.Conflict, "has commits that this work does not contain")
			sh(t, y.origin, "git branch -f fix/größe main")
			moved.Commit, moved.Expect = next.Commit, work.Commit
			mustFail(t, y.Push(t.Context(), moved), fault.Conflict, "has changed at the remote")
			if at() != strings.TrimSpace(sh(t, y.origin, "git rev-parse main")) {
				t.Error("a refused push moved the branch")
			}
			if branches := sh(t, y.origin, "git for-each-ref --format='%(refname)'"); branches != "refs/heads/fix/größe\nrefs/heads/main\n" {
				t.Errorf("refs %q", branches)
			}
			if _, err := os.Lstat(filepath.Join(y.root, "ran")); err == nil {
				t.Error("the bare clone's hook ran")
			}
		})
	}
}

// TestAPushSaysWhatTheRemoteSays, cleaned and bounded, and never the credential.
func TestAPushSaysWhatTheRemoteSays(t *testing.T) {
	t.Parallel()
	y, _, work := saved(t)
	src := overHTTPS(t, y)
	hook := filepath.Join(y.origin, ".git", "hooks", "pre-receive")
	must(t, os.MkdirAll(filepath.Dir(hook), 0o755))
	long := strings.Repeat("x", 5000)
	must(t, os.WriteFile(hook, []byte("#!/bin/sh\nprintf 'error: Not allowed to push to \\033[31mprotected branch %s\\n'\necho "+long+"\nexit 1\n"), 0o755))
	push := git.Push{Source: src, Bare: y.bare, Commit: work.Commit, Branch: "fix"}
	err := y.Push(t.Context(), push)
	mustFail(t, err, fault.Conflict, "The remote rejected it: Not allowed to push to ")
	if len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\x1b\n") {
		t.Errorf("the fault is %q", err)
	}
	must(t, os.WriteFile(hook, []byte("#!/bin/sh\nexit 1\n"), 0o755))
	mustFail(t, y.Push(t.Context(), push), fault.Conflict, "pre-receive hook declined")
	push.Source.Credential = "wrong-" + token
	err = y.Push(t.Context(), push)
	mustFail(t, err, fault.Unavailable, "Branch fix was not pushed: ")
	if strings.Contains(err.Error(), token) {
		t.Errorf("the fault has the credential: %v", err)
	}
	push.Branch = "a..b"
	mustFail(t, y.Push(t.Context(), push), fault.Invalid, "not a valid branch")
	if refs := sh(t, y.origin, "git for-each-ref --format='%(refname)'"); refs != "refs/heads/main\n" {
		t.Errorf("a failed push left %q", refs)
	}
}

func overHTTPS(t *testing.T, y *yard) git.Source {
	address := hosting(t, y)
	sh(t, y.origin, "git config http.receivepack true")
	return git.Source{URL: address, Credential: token}
}

func overSSH(t *testing.T, y *yard) git.Source {
	key := sshtest.Key(t)
	h := sshtest.New(t, "127.0.0.1:0", y.origin, key)
	_, port, err := net.SplitHostPort(h.Addr)
	must(t, err)
	return git.Source{URL: "ssh://git@127.0.0.1:" + port + "/r", Credential: h.ClientKey, HostKey: sshtest.Line(key)}
}

func mustFail(t *testing.T, err error, kind fault.Kind, words string) {
	t.Helper()
	if !fault.Is(err, kind) || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want %s with %q", err, kind, words)
	}
}
