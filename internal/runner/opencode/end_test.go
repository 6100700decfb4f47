package opencode

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

// A process that is ended by hand is lost to its turn, removed from the stored processes, and replaced when the turn continues.
func TestAProcessEndedByHandIsForgottenAndReplaced(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	d := newDesk(t, h, script(`{"text":"one two three","gate":"end","gate_at":"text"}`, `{"text":"one two three"}`))
	if err := h.End(t.Context(), d.key()); !fault.Is(err, fault.NotFound) {
		t.Errorf("ending a process that is not there answers %v", err)
	}
	r := d.start(t)
	h.reached(t, "end")
	first := d.process()
	if err := h.End(t.Context(), d.key()); err != nil {
		t.Fatal(err)
	}
	if started, err := (proc.Plain{}).StartTime(first.PID); err == nil && started == first.StartTime {
		t.Error("the process still runs")
	}
	if _, known, _ := h.store.Load(t.Context(), d.key()); known {
		t.Error("the process is stored")
	}
	r.end(t, runner.Lost)
	h.model.Open("end")
	d.start(t).end(t, runner.Done)
	if got := strings.Join(d.texts(), ""); !strings.HasSuffix(got, "one two three") {
		t.Errorf("the agent said %q", got)
	}
	if next := d.process(); next.Generation == first.Generation || next.PID == 0 {
		t.Errorf("the process after it is %+v", next)
	}
}
