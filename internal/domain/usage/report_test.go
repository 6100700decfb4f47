package usage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

func TestDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call usage.Call
		want bool
	}{
		"as guessed":              {usage.Call{Counts: usage.Counts{Input: 1000, Output: 100}, Guess: usage.Guess{Input: 1100, Output: 90}}, false},
		"cached":                  {usage.Call{Counts: usage.Counts{Input: 10, CacheRead: 900, Output: 100}, Guess: usage.Guess{Input: 1100, Output: 90}}, false},
		"no input":                {usage.Call{Counts: usage.Counts{Output: 100}, Guess: usage.Guess{Input: 1100, Output: 90}}, true},
		"little, and slack":       {usage.Call{Counts: usage.Counts{Input: 1}, Guess: usage.Guess{Input: 400}}, false},
		"far too much input":      {usage.Call{Counts: usage.Counts{Input: 90_000}, Guess: usage.Guess{Input: 1100}}, true},
		"no output of a long one": {usage.Call{Counts: usage.Counts{Input: 1000}, Guess: usage.Guess{Input: 1000, Output: 5000}}, true},
		"thinking is not seen":    {usage.Call{Counts: usage.Counts{Input: 1000, Reasoning: 90_000}, Guess: usage.Guess{Input: 1000, Output: 50}}, false},
		"an estimate":             {usage.Call{Estimated: true, Guess: usage.Guess{Input: 9000}}, false},
		"before there was one":    {usage.Call{Counts: usage.Counts{Input: 90_000}}, false},
	} {
		if got := c.call.Doubtful(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRangesAreWholeDays(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		r  usage.Range
		ok bool
	}{
		"a day":    {usage.Range{From: day, To: day}, true},
		"a year":   {usage.Range{From: day.AddDate(0, 0, -365), To: day}, true},
		"too long": {usage.Range{From: day.AddDate(0, 0, -366), To: day}, false},
		"none":     {usage.Range{From: day, To: day.AddDate(0, 0, -1)}, false},
	} {
		if err := c.r.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUsageOpensInASpreadsheet(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	c, err := usage.NewCSV(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write([]usage.Line{{Date: "2026-11-25", Team: "acme", Person: "=HYPERLINK(1)", Model: "p/m", Calls: 2, Counts: usage.Counts{Input: 1, CacheWriteShort: 2, CacheWriteLong: 3}, Cost: 9}}); err != nil {
		t.Fatal(err)
	}
	if want := "day,team,person,email,model,calls,input,output,reasoning,cache_read,cache_write,cost_microusd\n2026-11-25,acme,'=HYPERLINK(1),,p/m,2,1,0,0,0,5,9\n"; b.String() != want {
		t.Errorf("it is %q", b.String())
	}
}
