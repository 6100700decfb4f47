package opencode

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// TestATakenPortIsNotTheSessionsEnd: another program takes the port between the choice and the start.
func TestATakenPortIsNotTheSessionsEnd(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var chosen atomic.Int32
	h := ownRunner(t, func(o *Options) {
		o.Port = func() (int, error) {
			if chosen.Add(1) == 1 {
				return taken.Addr().(*net.TCPAddr).Port, nil
			}
			return freePort(t), nil
		}
	})
	d := newDesk(t, h, script(`{"text":"ready"}`))
	d.start(t).end(t, runner.Done)
	d.wantTexts(t, "ready")
	if n := chosen.Load(); n != 2 {
		t.Errorf("%d ports were chosen, want 2", n)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
