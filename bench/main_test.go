package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main() // for the benchmark of the sandbox
	os.Exit(measureAndPrint(m))
}

// scratch is the directory of the binary, which is deleted at the end.
var scratch string

func measureAndPrint(m *testing.M) int {
	dir, err := os.MkdirTemp("", "orchestrator-bench-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	scratch = dir
	code := m.Run()
	figures.print(os.Stdout)
	return code
}

// binary builds the orchestrator as for a release when it is first needed.
func binary(b *testing.B) string {
	b.Helper()
	path, err := build()
	check(b, err)
	return path
}

var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "orchestrator")
	c := exec.Command("go", "build", "-trimpath", "-o", path, "../cmd/orchestrator")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the binary: %w\n%s", err, out)
	}
	return path, nil
})

// openCode returns the path of the real OpenCode and skips the benchmark without it.
func openCode(b *testing.B) string {
	b.Helper()
	path := os.Getenv("ORCHESTRATOR_OPENCODE_BIN")
	if path == "" {
		b.Skip("OpenCode is not available: ORCHESTRATOR_OPENCODE_BIN is not set")
	}
	return path
}
