package proc

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv(heavyVar) != "" {
		beHeavy()
	}
	os.Exit(m.Run())
}

// TestKillReturnsWhenTheProcessIsGone: the kernel drops the environment of a process that ends before the process itself, and
// a big one takes its time.
func TestKillReturnsWhenTheProcessIsGone(t *testing.T) {
	t.Parallel()
	for n := range 3 {
		generation := fmt.Sprintf("kill-test-%d-%d", os.Getpid(), n)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(cmd.Environ(), heavyVar+"=1", generationVar+"="+generation)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			_, err = io.ReadFull(out, make([]byte, 3))
		}
		if err != nil {
			t.Fatal(err)
		}
		started, err := Plain{}.StartTime(cmd.Process.Pid)
		if err == nil {
			err = Plain{}.Kill(0, generation)
		}
		if err != nil {
			t.Fatal(err)
		}
		if now, err := (Plain{}).StartTime(cmd.Process.Pid); err == nil && now == started {
			t.Error("the process is not gone")
		}
		_ = cmd.Wait() // it was killed
	}
}

// heavyVar makes this program a process with much memory, which the kernel takes long to end.
const heavyVar = "ORCHESTRATOR_TEST_HEAVY"

func beHeavy() {
	weight := make([]byte, 256<<20)
	for i := 0; i < len(weight); i += 4096 {
		weight[i] = 1
	}
	fmt.Println("up")
	select {}
}
