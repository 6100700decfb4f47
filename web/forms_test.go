package web

import (
	"bufio"
	"bytes"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
	webmodels "github.com/industrial-orchestrator/orchestrator/web/models"
)

func TestMoneyIsReadExactly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": 0, "0": 0, "3": 3_000_000, "0.25": 250_000, ".5": 500_000, "$1,250.000001": 1_250_000_001, "15.00": 15_000_000} {
		var f fault.Fields
		if got := webmodels.Money(text, &f); got != want || len(f) != 0 {
			t.Errorf("money(%q) = %d, %v; want %d", text, got, f, want)
		}
	}
	for _, text := range []string{"-1", "1e9", "NaN", "1.0000001", "1.2.3", "free", "+3", "99999999999999999999"} {
		var f fault.Fields
		if got := webmodels.Money(text, &f); got != 0 || len(f) != 1 {
			t.Errorf("money(%q) = %d with %d faults; want 0 and one", text, got, len(f))
		}
	}
}

// A carriage return ends a line of an event stream: one inside the markup must not begin a field.
func TestMarkupCannotBreakOutOfItsEvent(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o := &webkit.Wire{W: bufio.NewWriter(&b)}
	o.Data(7, []byte("a\r\nb\rid: 99\n\nevent: gone"))
	if !o.Flush() {
		t.Fatal(o.Err)
	}
	want := "id: 7\ndata: a\ndata: b\ndata: id: 99\ndata: \ndata: event: gone\n\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
