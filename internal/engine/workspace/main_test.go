package workspace_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	git.Main()
	if dir := os.Getenv(runVar); dir != "" {
		runUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// runVar makes the test's program a server that fills the caches of a yard's repository.
const runVar = "ORCHESTRATOR_TEST_CACHE_RUN"

// runUntilKilled says when a check command runs: it has connected to the proxy.
func runUntilKilled(dir string) {
	l, err := sandbox.ListenSocket(filepath.Join(dir, proxySocket))
	if err != nil {
		panic(err)
	}
	go func() {
		if _, err := l.Accept(); err == nil {
			fmt.Println("running")
		}
	}()
	y, err := openYard(dir)
	if err != nil {
		panic(err)
	}
	y.useProxy()
	fmt.Println("ended:", y.space().FillCaches(context.Background(), yardTeam, y.repo, false))
	os.Exit(0)
}
