package sandbox

import (
	"os"
	"os/exec"
	"testing"
)

// A program's memory is its own and that of what it started; a program that is gone has none.
func TestMemoryIsThatOfTheWholeGroup(t *testing.T) {
	t.Parallel()
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `sleep 60 & until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done; echo; wait`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = KillGroup(cmd.Process.Pid, ""); _ = cmd.Wait() }()
	if _, err := out.Read(make([]byte, 1)); err != nil { // the child is there, and no longer a copy of the shell
		t.Fatal(err)
	}
	alone, err := statOf(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	held := Memory([]int{cmd.Process.Pid, gone.Process.Pid, 0, 1})
	if held[cmd.Process.Pid] <= residentOf(alone).bytes || held[gone.Process.Pid] != 0 || len(held) != 1 {
		t.Errorf("%v, and the shell alone holds %d", held, residentOf(alone).bytes)
	}
	if own := Memory([]int{os.Getpid()})[os.Getpid()]; own < 1<<20 {
		t.Errorf("this test holds %d bytes", own)
	}
}
