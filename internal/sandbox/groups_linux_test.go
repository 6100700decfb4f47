package sandbox_test

import (
	"context"
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
	spec.Marker = "group-that-ends"
	cmd, err := sandbox.Command(context.Background(), spec)
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	_, err = out.Read(make([]byte, 3))
	must(t, err)
	dir := filepath.Join(g.Dir(), "orchestrator-group-that-ends")
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

// TestGroupsAreLimited uses a directory in place of the kernel's where that offers no limits to us: what is asked of it is
// the same.
func TestGroupsAreLimited(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "cgroup.procs"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "cgroup.controllers"), []byte("cpu memory pids"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), nil, 0o600))
	g, err := sandbox.OpenGroups(dir, sandbox.GroupLimits{Memory: 1 << 30, Tasks: 200, CPU: 1500})
	must(t, err)
	if !g.Memory || !g.Tasks || !g.CPU || g.Kill {
		t.Errorf("it can do %+v", g)
	}
	must(t, g.Open("one"))
	for file, want := range map[string]string{"memory.max": "1073741824", "memory.swap.max": "0", "pids.max": "200", "cpu.max": "150000 100000"} {
		got, err := os.ReadFile(filepath.Join(dir, "orchestrator-one", file))
		must(t, err)
		if string(got) != want {
			t.Errorf("%s is %s, want %s", file, got, want)
		}
	}
	if err := g.Open("../out"); err == nil {
		t.Error("a marker led out of the directory")
	}
	if _, err := sandbox.OpenGroups(t.TempDir(), sandbox.GroupLimits{}); err == nil {
		t.Error("a directory that is no control group was accepted")
	}
}
