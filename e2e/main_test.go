package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// binary is the path of the orchestrator, which is built once.
var binary string

func TestMain(m *testing.M) {
	sandbox.Main() // tests probe the sandbox features of this host
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "orchestrator-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "orchestrator")
	build := exec.Command("go", "build", "-o", binary, "../cmd/orchestrator")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the binary:", err)
		return 1
	}
	return m.Run()
}

// heavy leaves a test that takes a minute out of -short. It is in a part of .ci/long, which runs it after a change of what it tests.
func heavy(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes a minute, and comes with .ci/long")
	}
}

// opencode returns the path of the real OpenCode. If it is not installed, the test is skipped, or fails with CI=true.
func opencode(t *testing.T) string {
	t.Helper()
	return part(t, "ORCHESTRATOR_OPENCODE_BIN", "OpenCode")
}

func part(t *testing.T, variable, what string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: %s is not set", what, variable)
	}
	if path == "" {
		t.Skipf("%s is not at hand: %s is not set", what, variable)
	}
	return path
}
