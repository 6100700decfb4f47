package sandbox_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// TestGroupHoldsAllAndEndsAll looks at the kernel's own list of who is in the group of a program that hid its children.
func TestGroupHoldsAllAndEndsAll(t *testing.T) {
	t.Parallel()
	g := sandbox.Probe().Groups
	if g == nil || !g.Kill {
		t.Skip("this process may make no control groups")
	}
	h := newHouse(t)
	spec := h.spec(t, how{namespaces: true}, "/bin/bash", "-c", `(env -i setsid setsid sleep 600 &); echo up; exec sleep 600`)
	spec.Marker, spec.Group.Team = "group-that-ends", "that-ends"
	cmd, err := sandbox.Command(context.Background(), spec)
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	_, err = out.Read(make([]byte, 3))
	must(t, err)
	dir := filepath.Join(g.Dir(), "orchestrator-team-that-ends", "orchestrator-group-that-ends")
	members, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	must(t, err)
	if n := len(strings.Fields(string(members))); n < 3 {
		t.Errorf("%d processes are in the group, want init, the program and the one that hid", n)
	}
	must(t, sandbox.KillGroup(0, spec.Marker))
	if err := cmd.Wait(); err == nil {
		t.Error("the program ended well")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the group is still there: %v", err)
	}
}

// fakeGroups is a directory in place of the kernel's, which offers the controllers: what is asked of it is the same.
func fakeGroups(t *testing.T, controllers string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "cgroup.procs"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "cgroup.controllers"), []byte(controllers), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), nil, 0o600))
	return dir
}

// wantFiles compares files of a group.
func wantFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	for file, text := range want {
		got, err := os.ReadFile(filepath.Join(dir, file))
		if string(got) != text {
			t.Errorf("%s is %q (%v), want %q", file, got, err, text)
		}
	}
}

func TestASessionsGroupIsBelowItsTeams(t *testing.T) {
	t.Parallel()
	dir := fakeGroups(t, "cpu memory pids")
	g, err := sandbox.OpenGroups(dir, sandbox.GroupLimits{Memory: 1 << 30, Tasks: 200, CPU: 1500})
	must(t, err)
	must(t, g.OpenIn(sandbox.Group{Team: "acme", Limits: sandbox.GroupLimits{Memory: 1 << 28, Tasks: 50, CPU: 500}}, "one"))
	must(t, g.OpenIn(sandbox.Group{Team: "acme"}, "two"))
	team := filepath.Join(dir, "orchestrator-team-acme")
	wantFiles(t, team, map[string]string{"memory.max": "1073741824", "memory.swap.max": "0", "pids.max": "200", "cpu.max": "150000 100000"})
	wantFiles(t, filepath.Join(team, "orchestrator-one"), map[string]string{"memory.max": "268435456", "pids.max": "50", "cpu.max": "50000 100000"})
	if own, err := os.ReadDir(filepath.Join(team, "orchestrator-two")); err != nil || len(own) > 0 {
		t.Errorf("the second session has limits of its own: %v, %v", own, err)
	}
	control, err := os.ReadFile(filepath.Join(team, "cgroup.subtree_control"))
	must(t, err)
	if len(control) == 0 {
		t.Error("the team's group gives its sessions no controllers")
	}
	if err := g.OpenIn(sandbox.Group{Team: "../out"}, "three"); err == nil {
		t.Error("a team led out of the directory")
	}
}

// TestGroupsAreRemoved also uses the kernel's directory where this process may make groups in it, because a directory with files in it
// is removed only there.
func TestGroupsAreRemoved(t *testing.T) {
	t.Parallel()
	dirs := map[string]string{"in place of the kernel's": fakeGroups(t, "")}
	if g := sandbox.Probe().Groups; g != nil {
		dir, err := os.MkdirTemp(g.Dir(), "test-")
		must(t, err)
		t.Cleanup(func() { must(t, os.Remove(dir)) })
		dirs["the kernel's"] = dir
	}
	for name, dir := range dirs {
		t.Run(name, func(t *testing.T) {
			g, err := sandbox.OpenGroups(dir, sandbox.GroupLimits{})
			must(t, err)
			left := func() (names string) {
				all, _ := filepath.Glob(filepath.Join(dir, "orchestrator-team-*", "orchestrator-*"))
				teams, _ := filepath.Glob(filepath.Join(dir, "orchestrator-team-*"))
				for _, d := range append(all, teams...) {
					names += " " + strings.TrimPrefix(filepath.Base(d), "orchestrator-")
				}
				return names
			}
			for _, marker := range []string{"one", "two"} {
				must(t, g.OpenIn(sandbox.Group{Team: "acme"}, marker))
			}
			must(t, g.OpenIn(sandbox.Group{Team: "blue"}, "three"))
			g.Remove("one")
			if got := left(); got != " two three team-acme team-blue" {
				t.Errorf("after the first has ended:%s", got)
			}
			g.Remove("two")
			if got := left(); got != " three team-blue" {
				t.Errorf("after the team's last has ended:%s", got)
			}
			_, err = sandbox.OpenGroups(dir, sandbox.GroupLimits{})
			must(t, err)
			if got := left(); got != "" {
				t.Errorf("after a restart:%s", got)
			}
		})
	}
}

// TestMemoryLimitIsTheKernels runs where the kernel gives this process the controller of memory.
func TestMemoryLimitIsTheKernels(t *testing.T) {
	t.Parallel()
	g := sandbox.Probe().Groups
	if g == nil || !g.Memory {
		t.Skip("this process may not limit the memory of control groups")
	}
	h := newHouse(t)
	run := func(memory int64) error {
		spec := h.spec(t, how{namespaces: true}, "/usr/bin/perl", "-e", `my $x = "x" x 200_000_000; print length $x`)
		spec.Marker, spec.Group = rand.Text(), sandbox.Group{Team: "limited", Limits: sandbox.GroupLimits{Memory: memory}}
		cmd, err := sandbox.Command(context.Background(), spec)
		must(t, err)
		err = cmd.Run()
		must(t, sandbox.KillGroup(0, spec.Marker))
		return err
	}
	must(t, run(1<<30))
	if run(64<<20) == nil {
		t.Error("a program took more memory than its group may")
	}
}

// TestGroupsAreLimited is about a program without a team.
func TestGroupsAreLimited(t *testing.T) {
	t.Parallel()
	dir := fakeGroups(t, "cpu memory pids")
	g, err := sandbox.OpenGroups(dir, sandbox.GroupLimits{Memory: 1 << 30, Tasks: 200, CPU: 1500})
	must(t, err)
	if !g.Memory || !g.Tasks || !g.CPU || g.Kill {
		t.Errorf("it can do %+v", g)
	}
	must(t, g.Open("one"))
	wantFiles(t, filepath.Join(dir, "orchestrator-one"), map[string]string{"memory.max": "1073741824", "memory.swap.max": "0", "pids.max": "200", "cpu.max": "150000 100000"})
	if err := g.Open("../out"); err == nil {
		t.Error("a marker led out of the directory")
	}
	if _, err := sandbox.OpenGroups(t.TempDir(), sandbox.GroupLimits{}); err == nil {
		t.Error("a directory that is no control group was accepted")
	}
}
