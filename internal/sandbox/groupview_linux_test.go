package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// TestOtherGroupsAreInvisible makes a group as another team has it and looks for it from the shell, wherever groups have names.
func TestOtherGroupsAreInvisible(t *testing.T) {
	t.Parallel()
	g := sandbox.Probe().Groups
	if g == nil {
		t.Skip("this process may make no control groups")
	}
	neighbour := fmt.Sprintf("neighbour-%d", os.Getpid()) // another run of this test may have one
	must(t, g.Open(neighbour))
	t.Cleanup(func() { _ = os.Remove(filepath.Join(g.Dir(), "orchestrator-"+neighbour)) })
	const look = `find /sys/fs/cgroup -name 'orchestrator-*' 2>/dev/null; cat /proc/[0-9]*/cgroup /proc/self/mountinfo | grep orchestrator-`
	t.Run("of a program without a group of its own", func(t *testing.T) {
		t.Parallel()
		spec := newHouse(t).spec(t, how{network: true}, "/bin/bash", "-c", look)
		spec.Namespaces = false // only its network is its own
		cmd, err := sandbox.Command(t.Context(), spec)
		must(t, err)
		if out, _ := output(cmd); strings.Contains(out, "orchestrator-") {
			t.Errorf("the program sees groups:\n%s", out)
		}
	})
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			if !w.protected()[sandbox.SeeGroups] {
				t.Skipf("not protected this way: %s", sandbox.SeeGroups)
			}
			h := newHouse(t)
			h.succeedsOutside(t, `find /sys/fs/cgroup -name 'orchestrator-`+neighbour+`' | grep -q . && echo BREACH`)
			if out, _ := h.inShell(t, w, look); strings.Contains(out, "orchestrator-") {
				t.Errorf("the shell sees groups:\n%s", out)
			}
			// Its own group is at the top, so that programs find their limits.
			if out, _ := h.inShell(t, w, `grep -q . /sys/fs/cgroup/cgroup.procs && ls /sys/fs/cgroup; echo x >/sys/fs/cgroup/cgroup.procs && echo WRITTEN`); !strings.Contains(out, "cgroup.controllers") || strings.Contains(out, "WRITTEN") {
				t.Errorf("its own group:\n%s", out)
			}
		})
	}
}
