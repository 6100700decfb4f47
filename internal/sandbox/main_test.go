package sandbox_test

import (
	"os"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	if g, err := sandbox.OpenGroups("auto", sandbox.GroupLimits{Memory: 4 << 30, Tasks: 4096}); err == nil {
		sandbox.UseGroups(g)
	}
	os.Exit(m.Run())
}
