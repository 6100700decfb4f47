package usage_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

func TestEachBucketHasItsPrice(t *testing.T) {
	t.Parallel()
	price := usage.Price{Input: 1, Output: 10, CacheRead: 100, CacheWrite: 1000}
	const m = 1_000_000
	for name, c := range map[string]struct {
		counts usage.Counts
		want   int64
	}{
		"input": {usage.Counts{Input: m}, 1}, "output": {usage.Counts{Output: m}, 10}, "reasoning as output": {usage.Counts{Reasoning: m}, 10},
		"cache read": {usage.Counts{CacheRead: m}, 100}, "short cache write": {usage.Counts{CacheWriteShort: m}, 1000},
		"long cache write": {usage.Counts{CacheWriteLong: m}, 1000}, "nothing": {usage.Counts{}, 0},
	} {
		if got := price.Cost(c.counts); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// TestCostIsRoundedOnce: parts that are below a half each add up before they are rounded.
func TestCostIsRoundedOnce(t *testing.T) {
	t.Parallel()
	price := usage.Price{Input: 1, Output: 1, CacheRead: 1, CacheWrite: 1}
	third := usage.Counts{Input: 300_000, Output: 300_000, Reasoning: 300_000, CacheRead: 300_000, CacheWriteShort: 150_000, CacheWriteLong: 149_999}
	if got := price.Cost(third); got != 1 {
		t.Errorf("1.499999 gives %d", got)
	}
	third.CacheWriteLong++
	if got := price.Cost(third); got != 2 {
		t.Errorf("1.5 gives %d", got)
	}
}

func TestCostEqualsExactArithmetic(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		c := usage.Counts{Input: r.Int64N(1e7), Output: r.Int64N(1e6), Reasoning: r.Int64N(1e6), CacheRead: r.Int64N(1e7), CacheWriteShort: r.Int64N(1e6), CacheWriteLong: r.Int64N(1e6)}
		p := usage.Price{Input: r.Int64N(1e9), Output: r.Int64N(1e9), CacheRead: r.Int64N(1e9), CacheWrite: r.Int64N(1e9)}
		sum := new(big.Rat)
		for _, part := range [][2]int64{{c.Input, p.Input}, {c.Output + c.Reasoning, p.Output}, {c.CacheRead, p.CacheRead}, {c.CacheWrite(), p.CacheWrite}} {
			sum.Add(sum, new(big.Rat).Mul(big.NewRat(part[0], 1), big.NewRat(part[1], 1_000_000)))
		}
		sum.Add(sum, big.NewRat(1, 2))
		want := new(big.Int).Div(sum.Num(), sum.Denom()).Int64() // a floor after the half: half up
		if got := p.Cost(c); got != want {
			t.Fatalf("%+v at %+v costs %d, want %d", c, p, got, want)
		}
	}
}

func TestCostStopsAtItsBound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		price usage.Price
		n     int64
		want  int64
	}{
		"just below": {usage.Price{Input: 1_000_000}, math.MaxInt64, math.MaxInt64},
		"beyond":     {usage.Price{Input: 1_000_001}, math.MaxInt64, math.MaxInt64},
		"far beyond": {usage.Price{Input: math.MaxInt64}, math.MaxInt64, math.MaxInt64},
	} {
		if got := c.price.Cost(usage.Counts{Input: c.n}); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	c := usage.Counts{Input: -1, Output: 2, Reasoning: -3, CacheRead: 4, CacheWriteShort: -5, CacheWriteLong: 6}
	if got, want := c.Clean(), (usage.Counts{Output: 2, CacheRead: 4, CacheWriteLong: 6}); got != want {
		t.Errorf("cleaned: %+v", got)
	}
	one := usage.Counts{Input: 1, Output: 2, Reasoning: 3, CacheRead: 4, CacheWriteShort: 5, CacheWriteLong: 6}
	if got, want := one.Add(one), (usage.Counts{Input: 2, Output: 4, Reasoning: 6, CacheRead: 8, CacheWriteShort: 10, CacheWriteLong: 12}); got != want {
		t.Errorf("sum: %+v", got)
	}
	for read, want := range map[int64]int64{0: 0, 1: 1, 9: 1, 10: 1, 11: 2, 100: 10} {
		if got := (usage.Counts{CacheRead: read}).Weighted(); got != want {
			t.Errorf("%d cache reads weigh %d", read, got)
		}
	}
}
