package workspace_test

import (
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

const (
	yardTeam    = tenant.ID("01920000-0000-7000-8000-000000000001")
	proxySocket = "proxy.sock"
	proxyPort   = 4789
)

// yard is a data directory with one team, its repository and the origin of that.
type yard struct {
	root string
	opt  workspace.Options
	repo repository.Repository
}

// newYard makes a yard whose repository has files and check commands for a shell. The host must be able to layer caches.
func newYard(t *testing.T, files map[string]string, checks ...string) *yard {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	if err := sandbox.CanLayer(t.Context(), root); err != nil {
		t.Skipf("this host has no overlay: %v", err)
	}
	y, err := openYard(root)
	must(t, err)
	y.repo.CheckCommands = checks
	t.Cleanup(func() { _ = walk.RemoveAll(root) }) // overlayfs and Go close directories
	files["README"] = "A yard.\n"
	for name, text := range files {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, "origin", name)), 0o700))
		must(t, os.WriteFile(filepath.Join(root, "origin", name), []byte(text), 0o600))
	}
	y.commit(t, "git init -q -b main .")
	return y
}

// openYard opens a yard again, as a server does that was started again.
func openYard(root string) (*yard, error) {
	y := &yard{root: root, repo: repository.Repository{ID: repositoryOf(root), Name: "yard", Path: filepath.Join(root, "origin"), DefaultBranch: "main", ChecksInShell: true,
		CheckCommands: []string{runUntilProxied}}}
	y.opt.Rooms = workspace.Rooms{Dir: filepath.Join(root, "teams"), Caches: workspace.LayeredCaches}
	if sandbox.Probe().Users {
		users, err := sandbox.OpenUsers(filepath.Join(root, "users.json"), 1_940_000_000+os.Getppid()%50_000*1000, 100)
		if err != nil {
			return nil, err
		}
		y.opt.Rooms.Users = users
	}
	var err error
	y.opt.Git, err = git.New(git.Options{Home: filepath.Join(root, "git")})
	return y, err
}

// repositoryOf is another ID in each yard: the programs of a run are found by it.
func repositoryOf(root string) repository.ID {
	return repository.ID(fmt.Sprintf("01920000-0000-7000-8000-%012x", crc32.ChecksumIEEE([]byte(root))))
}

func (y *yard) space() *workspace.Space { return workspace.New(y.opt) }

// commit changes the origin by a script and fetches it.
func (y *yard) commit(t *testing.T, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", script+"\ngit add -A && git -c user.name=a -c user.email=a@b commit -qm change")
	cmd.Dir, cmd.Env = y.repo.Path, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + y.root, "GIT_CONFIG_NOSYSTEM=1"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, err := y.space().Clone(t.Context(), yardTeam, y.repo, "", nil)
	must(t, err)
}

func (y *yard) fill(t *testing.T) {
	t.Helper()
	must(t, y.space().FillCaches(t.Context(), yardTeam, y.repo, false))
}

func (y *yard) caches(name string) string {
	return filepath.Join(y.opt.Rooms.Team(yardTeam), "caches", string(y.repo.ID), name)
}

// names are the entries of a directory of the caches.
func (y *yard) names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(y.caches(dir))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (y *yard) session(name string) session.Session {
	return session.Session{Tenant: yardTeam, ID: session.ID(name), RepositoryID: y.repo.ID, Branch: "orchestrator/1-work", BaseRef: "main", Attempt: 1}
}

// open makes the tree of a session.
func (y *yard) open(t *testing.T, name string) session.Session {
	t.Helper()
	s := y.session(name)
	y.opt.Source = nil
	dir := filepath.Dir(y.opt.Rooms.Tree(yardTeam, s.ID))
	must(t, y.opt.Rooms.Make(yardTeam, s.ID))
	uid, err := y.opt.Rooms.User(yardTeam)
	must(t, err)
	_, err = y.opt.Git.NewTree(t.Context(), git.Tree{Dir: filepath.Join(dir, "tree"), Git: filepath.Join(dir, "git"), Own: filepath.Join(y.opt.Rooms.Team(yardTeam), "trees", name+".git"),
		Bare: filepath.Join(y.opt.Rooms.Repos(yardTeam), string(y.repo.ID)+".git"), Owner: uid}, s.Branch, s.BaseRef)
	must(t, err)
	return s
}

// agent runs a script as a command of the session's agent does.
func (y *yard) agent(t *testing.T, s session.Session, script string) string {
	t.Helper()
	sh, err := y.opt.Rooms.ShellWithCaches(s.Tenant, s.ID, s.RepositoryID)
	must(t, err)
	got, err := sandbox.Run(t.Context(), sandbox.RunSpec{Argv: []string{"bash", "-c", script}, Shell: sh, Dir: y.opt.Rooms.Tree(s.Tenant, s.ID)})
	must(t, err)
	if got.Exit != 0 {
		t.Fatalf("%s: exit %d: %s", script, got.Exit, got.Output)
	}
	return string(got.Output)
}

// check runs a check command of the session.
func (y *yard) check(t *testing.T, s session.Session, script string) string {
	t.Helper()
	got := y.space().Check(t.Context(), s, script, true)
	if got.Verdict != repository.Passed {
		t.Fatalf("%s: %s: %s", script, got.Verdict, got.Output)
	}
	return got.Output
}

// runUntilProxied connects to the proxy of HTTP_PROXY and then waits.
const runUntilProxied = `bash -c 'p=${HTTP_PROXY##*:}; mkdir -p $GOCACHE && echo begun > $GOCACHE/begun && exec 3<>/dev/tcp/127.0.0.1/${p%/} && read -u 3'`

// useProxy gives runs a proxy at the yard's socket.
func (y *yard) useProxy() {
	y.opt.CacheNet = func(tenant.ID, repository.ID) workspace.CacheNet {
		return workspace.CacheNet{Proxy: "http://user:password@127.0.0.1:4789", Close: func() {},
			Out: []sandbox.Bridge{{Port: proxyPort, Socket: filepath.Join(y.root, proxySocket)}}}
	}
}

func lines(text, with string) (n int) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, with) {
			n++
		}
	}
	return n
}
