package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/git/sshtest"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

const gitUser, agentUser = 64123, 64124

// reporter is a git that writes down who it is and what it can reach, in the directory that it can write to.
const reporter = `#!/bin/sh
{ echo "uid $(id -u)"; cat /etc/shadow > /dev/null 2>&1 && echo "reads shadow"; ls "$HOME/../origin/.git/../../outside" > /dev/null 2>&1 && echo "reads outside"
(echo x > "$HOME/planted") 2> /dev/null && echo "writes home"; echo "memory $(ulimit -d)"; } >> report.log 2> /dev/null
exec git "$@"
`

// TestGitRunsAsAUserOfItsOwnInASandbox clones a repository that only its owner can read, makes a tree for an agent's user, and reads what
// that user changed.
func TestGitRunsAsAUserOfItsOwnInASandbox(t *testing.T) {
	t.Parallel()
	if !sandbox.Probe().Users {
		t.Skip("this host cannot start a program as another user")
	}
	wrapper := filepath.Join(t.TempDir(), "git")
	must(t, os.WriteFile(wrapper, []byte(reporter), 0o755))
	y := newYard(t, git.Options{User: gitUser, Bin: wrapper})
	must(t, os.Mkdir(filepath.Join(y.root, "outside"), 0o777))
	sh(t, y.origin, `chmod -R go-rwx .`)
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	must(t, y.Fetch(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	tree := y.tree("s1")
	tree.Owner = agentUser
	base, err := y.NewTree(t.Context(), tree, "orchestrator/1-work", "main")
	must(t, err)
	sh(t, tree.Dir, `rm report.log; echo more >> file; echo new > new; chmod 0 new; mkdir closed; echo x > closed/x; chmod 0 closed; git init -q app; echo a > app/a; chown -R 64124 .`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if len(d.Files) != 4 || d.Truncated || !strings.Contains(string(d.Patch), "+more") || !strings.Contains(string(d.Patch), "b/app/a") {
		t.Errorf("%+v: %s", d.Files, d.Patch)
	}
	report, err := os.ReadFile(filepath.Join(y.bare, "report.log"))
	must(t, err)
	for line := range strings.Lines(string(report)) {
		if line != "uid 64123\n" && line != "memory 2097152\n" {
			t.Errorf("git reports %q", line)
		}
	}
	for path, owner := range map[string]uint32{y.bare + "/HEAD": gitUser, tree.Own + "/index": gitUser, tree.Dir + "/file": agentUser, tree.Git + "/HEAD": agentUser, tree.Dir + "/.git": agentUser} {
		info, err := os.Lstat(path)
		must(t, err)
		if got := info.Sys().(*syscall.Stat_t).Uid; got != owner {
			t.Errorf("%s belongs to user %d, want %d", path, got, owner)
		}
	}
	must(t, y.Remove(t.Context(), tree))
}

// TestSSHWorksForAUserWithoutAName: ssh refuses to run for a user that /etc/passwd does not have.
func TestSSHWorksForAUserWithoutAName(t *testing.T) {
	t.Parallel()
	if !sandbox.Probe().Users {
		t.Skip("this host cannot start a program as another user")
	}
	var w world
	w.lead("127.0.0.1")
	var way func(string, uint16) git.Way
	y := newYard(t, git.Options{User: gitUser, Way: func(host string, port uint16) git.Way { return way(host, port) }})
	h := sshtest.New(t, "127.0.0.1:0", y.origin, sshtest.Key(t))
	way = w.way(t, h.Addr)
	port := h.Addr[strings.LastIndexByte(h.Addr, ':')+1:]
	must(t, y.Clone(t.Context(), git.Source{URL: "ssh://git@host.test:" + port + "/r", Credential: h.ClientKey}, y.bare, nil))
}

// TestDirectoriesOfAnEarlierServerAreHandedOver: they belong to root.
func TestDirectoriesOfAnEarlierServerAreHandedOver(t *testing.T) {
	t.Parallel()
	if !sandbox.Probe().Users {
		t.Skip("this host cannot start a program as another user")
	}
	y, tree, base := cloned(t, git.Options{})
	later, err := git.New(git.Options{User: gitUser, Home: filepath.Join(y.root, "githome")})
	must(t, err)
	sh(t, tree.Dir, `echo more >> file`)
	if d, err := later.Diff(t.Context(), tree, base); err != nil || len(d.Files) != 1 {
		t.Errorf("%v %+v", err, d.Files)
	}
	must(t, later.Fetch(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
}

// TestGitEndsAtItsLimitsWithASentence: what the count of files does not catch ends at the limits of memory and time.
func TestGitEndsAtItsLimitsWithASentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opt  git.Options
		want string
	}{
		{"memory", git.Options{TreeFiles: 1 << 40, Memory: 128 << 20, CheckoutTimeout: time.Minute}, "more than 128 MiB of memory"},
		{"time", git.Options{TreeFiles: 1 << 40, CheckoutTimeout: time.Second}, "did not end within 1 second"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			y := newYard(t, tt.opt)
			script := bomb
			if tt.name == "memory" { // few enough files to count them, too many to keep their names
				script = strings.Replace(bomb, "1 2 3 4 5 6 7 8 9; do tree", "1 2 3 4 5; do tree", 1)
			}
			sh(t, y.origin, script)
			must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
			_, err := y.NewTree(t.Context(), y.tree("s1"), "b", "main")
			if !fault.Is(err, fault.Exhausted) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
