package models

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

func TestMoneyIsReadExactly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": 0, "0": 0, "3": 3_000_000, "0.25": 250_000, ".5": 500_000, "$1,250.000001": 1_250_000_001, "15.00": 15_000_000} {
		var f fault.Fields
		if got := parseMoney(text, &f); got != want || len(f) != 0 {
			t.Errorf("parseMoney(%q) = %d, %v; want %d", text, got, f, want)
		}
	}
	for _, text := range []string{"-1", "1e9", "NaN", "1.0000001", "1.2.3", "free", "+3", "99999999999999999999"} {
		var f fault.Fields
		if got := parseMoney(text, &f); got != 0 || len(f) != 1 {
			t.Errorf("parseMoney(%q) = %d with %d faults; want 0 and one", text, got, len(f))
		}
	}
}
