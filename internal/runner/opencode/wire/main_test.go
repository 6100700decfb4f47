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
	if shared.team != nil {
		_ = proc.StopAll(context.Background(), []*proc.Team{shared.team})
	}
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// shared is one OpenCode for all tests of the document.
var shared struct {
	once sync.Once
	dir  string
	team *proc.Team
	srv  *proc.Server
	err  error
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
	shared.team = proc.NewTeam(proc.Options{Bin: bin, Home: func(tenant.ID) string { return shared.dir },
		Config: func(context.Context, tenant.ID) (c proc.TeamConfig, err error) { return c, nil }}, proc.Key{Tenant: "t"}, &wire.Counter{})
	if shared.srv, err = shared.team.Acquire(context.Background()); err != nil {
		return fmt.Errorf("start OpenCode: %w", err)
	}
	return nil
}
