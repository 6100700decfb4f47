package clock_test

import (
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
)

func TestRealIsUTCInMilliseconds(t *testing.T) {
	t.Parallel()
	before := time.Now().Add(-time.Millisecond)
	now := clock.Real{}.Now()
	if now.Location() != time.UTC || now.Nanosecond()%1_000_000 != 0 || now.Before(before) || now.After(time.Now()) {
		t.Errorf("now is %v", now)
	}
}

func TestFakeStandsUntilMoved(t *testing.T) {
	t.Parallel()
	f := clock.NewFake(time.Date(2026, 1, 1, 12, 0, 0, 0, time.FixedZone("x", 3600)))
	start := f.Now()
	if start.Location() != time.UTC || start.Hour() != 11 || !f.Now().Equal(start) {
		t.Errorf("starts at %v", start)
	}
	f.Advance(time.Hour)
	if got := f.Now().Sub(start); got != time.Hour {
		t.Errorf("advanced by %v", got)
	}
}
