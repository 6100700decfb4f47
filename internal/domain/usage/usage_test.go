package usage_test

import (
	"math"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

func TestCost(t *testing.T) {
	t.Parallel()
	price := usage.Price{Input: 3_000_000, Output: 15_000_000, CacheRead: 300_000, CacheWrite: 3_750_000}
	for name, c := range map[string]struct {
		price  usage.Price
		counts usage.Counts
		want   int64
	}{
		"every bucket":      {price, usage.Counts{Input: 2000, Output: 70, Reasoning: 30, CacheRead: 1000, CacheWriteShort: 4, CacheWriteLong: 4}, 7830},
		"half rounds up":    {usage.Price{Input: 1}, usage.Counts{Input: 500_000}, 1},
		"less rounds down":  {usage.Price{Input: 1}, usage.Counts{Input: 499_999}, 0},
		"never wraps round": {usage.Price{Output: 1_000_000_000_000}, usage.Counts{Output: 100_000_000, Reasoning: math.MaxInt64}, math.MaxInt64},
	} {
		if got := c.price.Cost(c.counts); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestWeighted(t *testing.T) {
	t.Parallel()
	c := usage.Counts{Input: 1, Output: 2, Reasoning: 3, CacheRead: 11, CacheWriteShort: 4, CacheWriteLong: 5}
	if c.Weighted() != 17 || c.Total() != 26 || c.CacheWrite() != 9 {
		t.Errorf("weighted %d, total %d, cache write %d", c.Weighted(), c.Total(), c.CacheWrite())
	}
}
