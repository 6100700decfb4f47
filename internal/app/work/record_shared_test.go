package work

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Where the transaction that reports share runs out of time, each report alone has its own time, and its own panic.
func TestReportsThatFailTogetherAreWrittenAlone(t *testing.T) {
	t.Parallel()
	gone, leave := context.WithCancel(t.Context())
	leave()
	rs := []recording{
		{ctx: t.Context(), lease: Lease{Session: "good"}},
		{ctx: t.Context(), lease: Lease{Session: "poisoned"}},
		{ctx: gone, lease: Lease{Session: "gone"}},
		{ctx: t.Context(), lease: Lease{Session: "late"}},
	}
	together := func(ctx context.Context, _ []recording, _ []error) error { <-ctx.Done(); return ctx.Err() }
	alone := func(ctx context.Context, r recording) error {
		if r.lease.Session == "poisoned" {
			panic("an unexpected report")
		}
		if r.lease.Session == session.ID("late") {
			<-ctx.Done()
		}
		return ctx.Err()
	}
	errs := writeAll(rs, 50*time.Millisecond, together, alone)
	if errs[0] != nil {
		t.Errorf("a good report: %v", errs[0])
	}
	if errs[1] == nil || errs[1].Error() != "panic: an unexpected report" {
		t.Errorf("a report that panics: %v", errs[1])
	}
	if !errors.Is(errs[2], context.Canceled) {
		t.Errorf("a report whose caller has left: %v", errs[2])
	}
	if !errors.Is(errs[3], context.DeadlineExceeded) {
		t.Errorf("a report that takes too long: %v", errs[3])
	}
}

// FinishRecords returns once the last writer has ended, and not before.
func TestFinishRecordsWaitsForTheLastWriter(t *testing.T) {
	t.Parallel()
	a := &Verbs{}
	if err := a.FinishRecords(t.Context()); err != nil {
		t.Fatalf("nothing is written: %v", err)
	}
	for i := range 3 {
		if start := a.records.add(recording{}, 2); start != (i < 2) {
			t.Fatalf("report %d starts a writer: %v", i+1, start)
		}
	}
	if n := len(a.records.next()); n != 3 {
		t.Fatalf("%d reports were waiting", n)
	}
	a.records.next() // the second writer ends
	short, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.FinishRecords(short); !errors.Is(err, context.Canceled) {
		t.Errorf("while one writes: %v", err)
	}
	a.records.next()
	if err := a.FinishRecords(t.Context()); err != nil {
		t.Errorf("after the last: %v", err)
	}
}
