package sandbox_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// TestKillGroupReturnsWhenTheProcessIsGone kills by marker alone: the kernel drops the environment of a process that ends, and
// with it the marker, before the process closes its files.
func TestKillGroupReturnsWhenTheProcessIsGone(t *testing.T) {
	t.Parallel()
	for n := range 5 {
		marker := fmt.Sprintf("kill-test-%d-%d", os.Getpid(), n)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(cmd.Environ(), heavyVar+"=1", sandbox.MarkerVar+"="+marker)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		_, err = io.ReadFull(out, make([]byte, 3))
		must(t, err)
		must(t, sandbox.KillGroup(0, marker))
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
		must(t, err) // nobody has waited for it yet
		if _, state, _ := strings.Cut(string(stat), ") "); !strings.HasPrefix(state, "Z") {
			t.Errorf("the process still ends: %.20s", state)
		}
		_ = cmd.Wait() // it was killed
	}
}
