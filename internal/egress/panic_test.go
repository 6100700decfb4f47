package egress

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

// The proxy of every team survives a report that panics.
func TestAReportThatPanicsDoesNotEndTheProxy(t *testing.T) {
	t.Parallel()
	h := build(t, nil, nil)
	for range 2 { // the first is told at once, the second waits for its minute
		h.proxy.tally.add(Visitor{Session: "s"}, event.Egress{Target: "example.org:443", Count: 1})
	}
	h.proxy.tally.tell = func(Visitor, event.Egress) { panic("a name nobody thought of") }
	h.clock.Advance(2 * tellEvery)
	h.proxy.tellDue(false)
	if code, _ := h.get("http://example.org/", "s", "wrong"); code == 0 {
		t.Error("it does not answer")
	}
}
