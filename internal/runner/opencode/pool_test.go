package opencode

import (
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

// TestEachSessionHasAProcessOfItsOwn plays three sessions where the host may have two processes: the longest idle one ends.
func TestEachSessionHasAProcessOfItsOwn(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, func(o *Options) { o.MaxProcesses = 2 })
	ds := []*desk{}
	for i := range 3 {
		d := newDesk(t, h, script(`{"text":"done"}`))
		d.start(t).end(t, runner.Done)
		ds = append(ds, d)
		for j, before := range ds[:i] {
			if p := before.process(); p.PID == d.process().PID {
				t.Errorf("sessions %d and %d share process %d", i, j, p.PID)
			}
		}
	}
	if p := ds[0].process(); p.PID != 0 {
		t.Errorf("the longest idle process is still stored: %+v", p)
	}
	for i, d := range ds[1:] {
		if _, err := (proc.Plain{}).StartTime(d.process().PID); err != nil {
			t.Errorf("process %d of the last two: %v", i, err)
		}
	}
	if n := len(h.pool.All()); n != 2 {
		t.Errorf("%d agents are kept, want 2", n)
	}
}

// TestNothingIsKeptOfAnIdleSession waits until the pool has forgotten the session.
func TestNothingIsKeptOfAnIdleSession(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, func(o *Options) { o.Idle = 50 * time.Millisecond })
	d := newDesk(t, h, script(`{"text":"done"}`))
	d.start(t).end(t, runner.Done)
	select {
	case <-h.store.forgotten:
	case <-time.After(within):
		t.Fatal("the process is not stopped")
	}
	a := h.pool.Hold(d.key()) // waits for the one that stopped it
	h.pool.Drop(d.key())
	if n := len(h.pool.All()); a.Server() != nil || n > 1 {
		t.Errorf("%d agents, server %v", n, a.Server())
	}
}
