package workspace_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

var goModule = map[string]string{
	"go.mod":       "module example.org/yard\n\ngo 1.24\n",
	"yard.go":      "package yard\n\nimport \"net/http\"\n\n// OK is a status.\nfunc OK() int { return http.StatusOK }\n",
	"yard_test.go": "package yard\n\nimport \"testing\"\n\nfunc TestOK(t *testing.T) {\n\tif OK() != 200 {\n\t\tt.Error()\n\t}\n}\n",
}

// compiled counts the packages of the standard library that a `go test -x` compiled, and the others.
func compiled(output string) (standard, own int) {
	for line := range strings.Lines(output) {
		if !strings.Contains(line, "/compile -o") {
			continue
		}
		if strings.Contains(line, " -p example.org/yard") || strings.Contains(line, " -p main ") {
			own++
		} else {
			standard++
		}
	}
	return standard, own
}

// TestTheSecondSessionCompilesNoStandardLibrary: the run of the checks on the default branch has.
func TestTheSecondSessionCompilesNoStandardLibrary(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it compiles the standard library, and comes with .ci/long")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("this host has no go")
	}
	const test = "go test -x -vet=off ./... 2>&1"
	y := newYard(t, goModule, "go test -vet=off ./...")
	// Without a base, a session would compile all of it: -n only prints the commands.
	if standard, _ := compiled(y.agent(t, y.open(t, "before"), strings.Replace(test, "-x", "-n", 1))); standard < 50 {
		t.Fatalf("the test compiles only %d packages of the standard library", standard)
	}
	y.fill(t)
	for _, name := range []string{"one", "two"} {
		out := y.agent(t, y.open(t, name), test)
		if standard, own := compiled(out); standard != 0 || own == 0 || !strings.Contains(out, "ok  \texample.org/yard") {
			t.Errorf("session %s compiled %d packages of the standard library and %d of its own:\n%s", name, standard, own, out)
		}
	}
	if standard, own := compiled(y.check(t, y.session("one"), test)); standard != 0 || own != 0 {
		t.Errorf("a check compiled %d packages of the standard library, and %d that the agent had compiled", standard, own)
	}
	// A host that cannot layer directories has a program of ours between Go and the base.
	y.opt.Rooms.Caches = workspace.GoCaches
	out := y.agent(t, y.open(t, "three"), "echo $GOCACHEPROG; "+test)
	if standard, own := compiled(out); standard != 0 || own == 0 || !strings.Contains(out, "__gocache") {
		t.Errorf("through the program, a session compiled %d packages of the standard library and %d of its own:\n%s", standard, own, out)
	}
	y.fill(t)
	if names := y.names(t, "bases"); !slices.Equal(names, []string{"1", "2"}) {
		t.Errorf("bases %v", names)
	}
	out = y.agent(t, y.open(t, "four"), test)
	if standard, _ := compiled(out); standard != 0 {
		t.Errorf("over a base that was filled without layers, a session compiled %d packages of the standard library", standard)
	}
}

// TestWhatASessionWritesNeverGetsIntoABase: neither by its agent nor by its check commands, in no number of runs.
func TestWhatASessionWritesNeverGetsIntoABase(t *testing.T) {
	t.Parallel()
	const grow = `mkdir -p $GOCACHE/ab && echo clean > $GOCACHE/ab/f && echo x >> $npm_config_cache-runs`
	y := newYard(t, map[string]string{}, grow)
	y.fill(t)
	one := y.open(t, "one")
	const poison = `cat $GOCACHE/ab/f; echo evil > $GOCACHE/ab/f; echo evil > $GOCACHE/ab/evil-$RANDOM; rm -rf /cache/npm-runs; mkdir -p $CARGO_HOME/bin; echo evil > $CARGO_HOME/bin/tool`
	if out := y.agent(t, one, poison); out != "clean\n" {
		t.Errorf("the session found %q", out)
	}
	if out := y.check(t, one, poison); out != "evil\n" { // of its own agent
		t.Errorf("its check found %q", out)
	}
	y.fill(t)
	y.fill(t)
	for name, n := range map[string]int{"1": 1, "2": 2, "3": 3} {
		runs, err := os.ReadFile(filepath.Join(y.caches("bases"), name, "npm-runs"))
		must(t, err)
		text, err := os.ReadFile(filepath.Join(y.caches("bases"), name, "go/build/ab/f"))
		must(t, err)
		if string(text) != "clean\n" || lines(string(runs), "x") != n || slices.ContainsFunc(y.names(t, "bases/"+name+"/go/build/ab"), func(s string) bool { return s != "f" }) {
			t.Errorf("base %s: %q, %q, %v", name, text, runs, y.names(t, "bases/"+name+"/go/build/ab"))
		}
		if slices.Contains(y.names(t, "bases/"+name), "cargo") {
			t.Errorf("base %s has what a session wrote", name)
		}
	}
	if out := y.agent(t, y.open(t, "two"), `cat $GOCACHE/ab/* $npm_config_cache-runs; ls /cache`); out != "clean\nx\nx\nx\ngo\nnpm-runs\n" {
		t.Errorf("another session found %q", out)
	}
	if used, err := y.space().Size(t.Context(), yardTeam); err != nil || used.Clones == 0 || used.Trees == 0 {
		t.Errorf("the storage is %+v, %v", used, err)
	}
	must(t, y.space().Remove(t.Context(), one))
	if _, err := os.Lstat(y.opt.Rooms.Session(yardTeam, one.ID)); !os.IsNotExist(err) {
		t.Errorf("a deleted session's layers are still there: %v", err)
	}
	must(t, y.space().RemoveTeam(t.Context(), yardTeam))
	if _, err := os.Lstat(y.caches("")); !os.IsNotExist(err) {
		t.Errorf("a deleted team's bases are still there: %v", err)
	}
}

// TestARunThatDoesNotPassPublishesNothing, and leaves nothing.
func TestARunThatDoesNotPassPublishesNothing(t *testing.T) {
	t.Parallel()
	y := newYard(t, map[string]string{}, `mkdir -p $GOCACHE && echo one > $GOCACHE/f`)
	y.fill(t)
	for name, c := range map[string]struct {
		check  string
		change func(context.CancelCauseFunc)
		says   string
	}{
		"a failed command": {`echo two > $GOCACHE/f; exit 3`, nil, "exit code 3"},
		"too large":        {`head -c 3000000 /dev/urandom > $GOCACHE/f`, nil, "larger than"},
		"too large to be copied next time": {`true`, func(context.CancelCauseFunc) {
			must(t, os.Truncate(filepath.Join(y.caches("bases/1"), "go/build/f"), 5<<20))
		}, "too large"},
		"stopped": {`true`, func(cancel context.CancelCauseFunc) { cancel(errors.New("the server stops")) }, "the server stops"},
	} {
		t.Run(name, func(t *testing.T) {
			y.opt.CacheBytes, y.repo.CheckCommands = 1<<20, []string{c.check}
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if c.change != nil {
				c.change(cancel)
			}
			err := y.space().FillCaches(ctx, yardTeam, y.repo, false)
			if err == nil || !strings.Contains(err.Error(), c.says) || errors.Is(err, workspace.ErrCachesTooLarge) != strings.HasPrefix(name, "too large") {
				t.Errorf("got %v", err)
			}
			if names := append(y.names(t, "bases"), y.names(t, "")...); !slices.Equal(names, []string{"1", "bases"}) {
				t.Errorf("it left %v", names)
			}
			must(t, os.Truncate(filepath.Join(y.caches("bases/1"), "go/build/f"), 4))
		})
	}
	y.opt.CacheBytes, y.repo.CheckCommands = 0, []string{`[ ! -e $GOCACHE/f ]`}
	must(t, y.space().FillCaches(t.Context(), yardTeam, y.repo, true)) // a fresh one starts without a base
}

// TestAKilledRunPublishesNothing: kill -9 takes the commands along, and the next start removes what is left.
func TestAKilledRunPublishesNothing(t *testing.T) {
	t.Parallel()
	if !sandbox.Probe().Network {
		t.Skip("the host has no network namespaces")
	}
	y := newYard(t, map[string]string{}, runUntilProxied)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), runVar+"="+y.root), os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "running\n" {
		t.Fatalf("it says %q, %v", line, err)
	}
	if text, err := os.ReadFile(filepath.Join(y.caches("run"), "caches/upper/go/build/begun")); err != nil || string(text) != "begun\n" {
		t.Errorf("the command has not begun: %q, %v", text, err)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	live := func(tenant.ID, repository.ID) bool { return true }
	must(t, y.space().PruneCaches(live))
	if names := y.names(t, ""); len(names) != 0 {
		t.Errorf("left: %v", names)
	}
}

// TestOldBasesGoWhenNobodyUsesThem: a session keeps the base that it started with; a new one starts with the newest.
func TestOldBasesGoWhenNobodyUsesThem(t *testing.T) {
	t.Parallel()
	y := newYard(t, map[string]string{}, `mkdir -p $GOCACHE && echo x >> $GOCACHE/runs`)
	live := map[repository.ID]bool{y.repo.ID: true}
	prune := func(s *workspace.Space, want ...string) {
		t.Helper()
		must(t, s.PruneCaches(func(_ tenant.ID, id repository.ID) bool { return live[id] }))
		if names := y.names(t, "bases"); !slices.Equal(names, want) {
			t.Errorf("bases %v, want %v", names, want)
		}
	}
	y.fill(t)
	s := y.open(t, "one")
	sh, err := y.opt.Rooms.ShellWithCaches(s.Tenant, s.ID, s.RepositoryID)
	must(t, err)
	cmd, err := sandbox.Command(t.Context(), sandbox.Spec{Argv: []string{"bash", "-c", "echo up; read; cat /cache/go/build/runs"}, Dir: sh.Tree, ReadWrite: []string{sh.Tree},
		Env: []string{"PATH=" + os.Getenv("PATH")}, Namespaces: true, UID: sh.UID, Caches: sh.Caches})
	must(t, err)
	in, err := cmd.StdinPipe()
	must(t, err)
	pipe, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	out := bufio.NewReader(pipe)
	_, err = out.ReadString('\n')
	must(t, err)
	published := y.space()
	for range 2 {
		must(t, published.FillCaches(t.Context(), yardTeam, y.repo, false))
	}
	prune(published, "1", "2", "3") // a program may just be starting with it
	prune(y.space(), "1", "3")      // nobody started with it
	if runs := y.agent(t, y.open(t, "two"), "cat $GOCACHE/runs"); runs != "x\nx\nx\n" {
		t.Errorf("a new session found %q", runs)
	}
	live[y.repo.ID] = false
	prune(y.space(), "1")
	must(t, in.Close())
	if rest, err := out.ReadString(0); rest != "x\n" {
		t.Errorf("the first session found %q, %v", rest, err)
	}
	_ = cmd.Wait()
	must(t, y.space().PruneCaches(func(tenant.ID, repository.ID) bool { return false }))
	if _, err := os.Lstat(y.caches("")); !os.IsNotExist(err) {
		t.Errorf("a deleted repository's caches are still there: %v", err)
	}
}

// TestSessionsWithoutABaseKeepTheirOwnCaches, and a session of an earlier version goes on as it was.
func TestSessionsWithoutABaseKeepTheirOwnCaches(t *testing.T) {
	t.Parallel()
	y := newYard(t, map[string]string{})
	s := y.open(t, "one")
	if out := y.check(t, s, `echo ${GOCACHE-none}`); out != "none\n" {
		t.Errorf("a session whose agent has no caches: %q", out)
	}
	y.agent(t, s, `mkdir -p $GOMODCACHE && echo module > $GOMODCACHE/m`)
	if out := y.check(t, s, `cat $GOMODCACHE/m; echo checked > $GOMODCACHE/c`); out != "module\n" {
		t.Errorf("a check without a base: %q", out)
	}
	if out := y.agent(t, s, `cat $GOMODCACHE/c`); out != "checked\n" {
		t.Errorf("after the check: %q", out)
	}
	y.opt.Rooms.Caches = workspace.NoCaches
	if out := y.agent(t, s, `echo ${GOCACHE-none}`) + y.check(t, s, `echo ${GOCACHE-none}`); out != "none\nnone\n" {
		t.Errorf("without caches: %q", out)
	}
}

// TestCachesAreFilledForNewCommits: at most once an hour, again after the check commands changed, and fresh after they became too large.
func TestCachesAreFilledForNewCommits(t *testing.T) {
	t.Parallel()
	y := newYard(t, map[string]string{}, `mkdir -p $GOCACHE && echo x >> $GOCACHE/runs`)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	y.repo.Inspection.At = now
	step := func(what string, isDue bool, bases ...string) {
		t.Helper()
		due, err := y.space().CachesDue(yardTeam, y.repo, now)
		must(t, err)
		if due != isDue {
			t.Errorf("%s: due: %v", what, due)
		}
		if due {
			_ = y.space().KeepCaches(t.Context(), yardTeam, y.repo, now)
		}
		if names := y.names(t, "bases"); !slices.Equal(names, bases) {
			t.Errorf("%s: bases %v, want %v", what, names, bases)
		}
	}
	step("the first time", true, "1")
	now = now.Add(2 * time.Hour)
	step("without a fetch", false, "1")
	y.repo.Inspection.At = now
	step("after a fetch that brought nothing", true, "1")
	step("once more", false, "1")
	y.commit(t, "echo more > more")
	y.repo.Inspection.At = now.Add(time.Minute)
	step("after a commit", true, "1", "2")
	y.commit(t, "echo more > less")
	y.repo.Inspection.At = now.Add(2 * time.Minute)
	step("after the next one, within the hour", false, "1", "2")
	now = now.Add(time.Hour)
	step("an hour later", true, "1", "2", "3")
	now = now.Add(time.Hour)
	y.repo.CheckCommands = []string{`head -c 3000000 /dev/urandom > $GOCACHE/large`}
	y.opt.CacheBytes = 1 << 20
	step("with other commands, and too large", true, "1", "2", "3")
	now = now.Add(time.Hour)
	step("the same again", false, "1", "2", "3")
	y.repo.CheckCommands = []string{`[ ! -e $GOCACHE ]`}
	step("afresh", true, "1", "2", "3", "4")
	now = now.Add(time.Hour)
	y.repo.CheckCommands = []string{`false`}
	step("failing", true, "1", "2", "3", "4")
	now = now.Add(time.Hour)
	step("failing, unchanged", false, "1", "2", "3", "4")
}
