package sandbox_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestMain(m *testing.M) {
	if os.Getenv(heavyVar) != "" {
		beHeavy()
	}
	sandbox.Main()
	if g, err := sandbox.OpenGroups("auto", sandbox.GroupLimits{Memory: 4 << 30, Tasks: 4096}); err == nil {
		sandbox.UseGroups(g)
	}
	os.Exit(m.Run())
}

// heavyVar makes the test's program a process with much memory, which the kernel takes long to end.
const heavyVar = "ORCHESTRATOR_TEST_HEAVY"

func beHeavy() {
	weight := make([]byte, 256<<20)
	for i := 0; i < len(weight); i += 4096 {
		weight[i] = 1
	}
	fmt.Println("up")
	select {}
}
