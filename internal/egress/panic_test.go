package egress

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

// The proxy of every team survives a report that panics.
func TestAReportThatPanicsDoesNotEndTheProxy(t *testing.T) {
	t.Parallel()
	h := build(t, nil, nil)
	for range 2 { // the first is recorded immediately, the second after a minute
		h.proxy.tally.add(Visitor{Session: "s"}, event.Egress{Target: "example.org:443", Count: 1})
	}
	h.proxy.tally.record = func(Visitor, event.Egress) { panic("a name nobody thought of") }
	h.clock.Advance(2 * recordEvery)
	h.proxy.recordDue(false)
	if code, _ := h.get("http://example.org/", "s", "wrong"); code == 0 {
		t.Error("it does not answer")
	}
}
