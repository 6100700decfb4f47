package usage_test

import (
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Each day is reckoned by the price that held at its end; what no price is known of is said, not guessed.
func TestReckon(t *testing.T) {
	t.Parallel()
	at := func(day int, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	versions := []usage.Version{{Model: "p/m", From: at(3, 12), Price: usage.Price{Input: 2_000_000}}, {Model: "p/m", From: at(1, 0), Price: usage.Price{Input: 1_000_000}}}
	price := func(model, day string) (usage.Price, bool) { return usage.PriceOn(versions, model, day) }
	day := func(date, model string, input, cost int64) usage.Day {
		return usage.Day{Date: date, Model: model, Calls: 1, Counts: usage.Counts{Input: input}, Cost: cost}
	}
	got := usage.Reckon([]usage.Day{day("2026-11-02", "p/m", 10, 10), day("2026-11-03", "p/m", 10, 15), day("2026-11-03", "p/n", 10, 4), day("2026-10-31", "p/m", 1, 1)}, price)
	if got.Ours.Cost != 30 || got.Ours.Calls != 4 || got.Table != 30 || got.Unpriced != 2 || len(got.Models) != 2 {
		t.Errorf("%+v", got)
	}
	if m := got.Models[0]; m.Priced || m.Cost != 26 || m.Table != 30 {
		t.Errorf("%+v", m)
	}
	if _, ok := usage.PriceOn(versions, "p/m", "no day"); ok {
		t.Error("a day that is none has a price")
	}
}
