package quota_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

var price = usage.Price{Input: 3_000_000, Output: 15_000_000, CacheRead: 300_000, CacheWrite: 3_750_000}

func TestMonthsAreUTC(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 10*3600)
	m := quota.MonthOf(time.Date(2026, 12, 1, 9, 0, 0, 0, east))
	if m != "2026-11" || m.Ends() != time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC) {
		t.Errorf("%s ends %s", m, m.Ends())
	}
}

func TestTheBoundIsNeverBelowTheLastInput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ bytes, last, output, want int64 }{
		"half a token a byte": {101, 0, 10, 61}, "the last input": {100, 80, 10, 90}, "no answer": {100, 0, 0, 50}, "nonsense": {-5, -7, -9, 0},
		"beyond all counts": {math.MaxInt64, 0, math.MaxInt64, 2 * usage.MostTokens},
	} {
		if got := quota.BoundOf(c.bytes, c.last, c.output, price).Amount().Tokens; got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// TestWhatFitsHolds: whatever is left, a call that fits costs no more than that, and one more token would be too many.
func TestWhatFitsHolds(t *testing.T) {
	t.Parallel()
	b := quota.BoundOf(2_000, 0, 8_000, price)
	for tokens := int64(0); tokens < 12_000; tokens += 37 {
		for _, cost := range []int64{0, 7_590, 7_591, 20_000, 123_749, 123_750, 1_000_000} {
			left := quota.Limits{Tokens: &tokens, Cost: &cost}
			fits, ok := b.Fit(left)
			more := fits
			more.Output++
			if ok != left.Hold(b.Least().Amount()) || ok && (!left.Hold(fits.Amount()) || fits.Output < 8_000 && left.Hold(more.Amount())) {
				t.Fatalf("%d tokens and %d: %+v, %v", tokens, cost, fits, ok)
			}
		}
	}
}

func TestARefusalNamesAllFacts(t *testing.T) {
	t.Parallel()
	tokens, cost := int64(1_000), int64(2_500_000)
	b := quota.Budget{Month: "2026-11", Max: quota.Limits{Tokens: &tokens, Cost: &cost}, Used: quota.Amount{Tokens: 900, Cost: 2_500_000}}
	err := b.Refuse("Not started", quota.Amount{})
	if want := "Not started: the team has used $2.50 of $2.50 this month. The limit resets on 1 Dec, 00:00 UTC. An admin can raise the limit."; err.Message != want {
		t.Errorf("it says %q", err.Message)
	}
	if *err.Limit != (fault.Limit{Name: quota.CostPerMonth, Value: 2_500_000, Used: 2_500_000, FreesAt: b.Month.Ends(), WhoCan: "admin"}) {
		t.Errorf("the limit is %+v", err.Limit)
	}
	if err := b.Refuse("Model call rejected", quota.Amount{Tokens: 101}); err.Limit.Name != quota.TokensPerMonth || !strings.Contains(err.Message, "900 of 1,000 tokens") {
		t.Errorf("%+v: %s", err.Limit, err)
	}
}

func TestForecast(t *testing.T) {
	t.Parallel()
	b := quota.Budget{Month: "2026-11", Used: quota.Amount{Tokens: 1_000_000, Cost: 10}}
	if _, known := b.Forecast(time.Date(2026, 11, 1, 23, 0, 0, 0, time.UTC)); known {
		t.Error("the first day tells nothing")
	}
	if a, known := b.Forecast(time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)); !known || a != (quota.Amount{Tokens: 3_000_000, Cost: 30}) {
		t.Errorf("after ten days: %+v, %v", a, known)
	}
}

func TestDollars(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"250": 250_000_000, "$1,250.50": 1_250_500_000, "0": 0, "0.000001": 1, " 12 ": 12_000_000} {
		if got, ok := quota.Dollars(text); !ok || got != want {
			t.Errorf("%q is %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "-1", "1e9", "NaN", "inf", "0x10", "1/3", "0.0000001", "9999999999999999", "some"} {
		if got, ok := quota.Dollars(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}
