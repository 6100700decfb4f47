package wire_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.agent != nil {
		_ = proc.StopAll(context.Background(), []*proc.Agent{shared.agent})
	}
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// shared is one OpenCode for all tests of the document.
var shared struct {
	once  sync.Once
	dir   string
	agent *proc.Agent
	srv   *proc.Server
	err   error
}

// runningServer is a real OpenCode. Without it the test is left out, and fails where CI=true.
func runningServer(t *testing.T) proc.Process {
	t.Helper()
	const variable = "ORCHESTRATOR_OPENCODE_BIN"
	bin := os.Getenv(variable)
	if bin == "" && os.Getenv("CI") == "true" {
		t.Fatalf("OpenCode is missing: %s is not set", variable)
	}
	if bin == "" {
		t.Skipf("OpenCode is not at hand: %s is not set", variable)
	}
	shared.once.Do(func() { shared.err = startShared(bin) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.srv.Process()
}

func startShared(bin string) (err error) {
	if shared.dir, err = os.MkdirTemp("", "opencode-wire-"); err != nil {
		return err
	}
	shared.agent = proc.NewAgent(proc.Options{Bin: bin, Home: func(proc.Key) string { return shared.dir },
		Config: func(context.Context, tenant.ID) (c proc.TeamConfig, err error) { return c, nil }}, proc.Key{Tenant: "t", Session: "s"}, &wire.Counter{})
	if shared.srv, err = shared.agent.Acquire(context.Background(), proc.Use{}); err != nil {
		return fmt.Errorf("start OpenCode: %w", err)
	}
	return nil
}
