package sandbox_test

import (
	"os"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}
