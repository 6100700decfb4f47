package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// TestStorageIsMeasuredEachMinuteWhileSomethingRuns and each hour otherwise; a tree that outgrows the limit is paused.
func TestStorageIsMeasuredEachMinuteWhileSomethingRuns(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(ctx context.Context, _ fake.Turn) (runner.Outcome, error) {
		<-ctx.Done()
		return runner.Outcome{End: runner.Aborted}, nil
	})
	e := engine.New(s.opts)
	measured := func() time.Time {
		t.Helper()
		if err := e.Measure(t.Context()); err != nil {
			t.Fatal(err)
		}
		v, err := s.app.Models.Storage(t.Context(), s.by)
		if err != nil || v.Used() != 6<<10 {
			t.Fatalf("it keeps %+v, %v", v, err)
		}
		return v.MeasuredAt
	}
	first := measured()
	s.clock.Advance(30 * time.Minute)
	if got := measured(); got != first {
		t.Error("an idle team was measured again within the hour")
	}
	s.clock.Advance(31 * time.Minute)
	if got := measured(); got == first {
		t.Error("an idle team was not measured after an hour")
	}
	s.open()
	id := s.start()
	s.until(id, "running", func(v session.Session) bool { return v.Status == session.Running })
	s.clock.Advance(61 * time.Second)
	second := s.clock.Now()
	limit := int64(5 << 10)
	most := &limit
	if err := s.app.Console.SetQuota(t.Context(), appkernel.Operator(), s.team.ID, appconsole.Quota{Storage: &most}); err != nil {
		t.Fatal(err)
	}
	if got := measured(); got.Before(second) {
		t.Error("a team that runs something was not measured after a minute")
	}
	v := s.until(id, "paused", func(v session.Session) bool { return v.Status == session.Paused })
	if v.Reason.Code != session.QuotaFull {
		t.Errorf("it is paused because of %+v", v.Reason)
	}
	if rows := dbtest.Rows(t, s.db, `SELECT running FROM lanes`); rows[0] != "0" {
		t.Errorf("%s run by the counter", rows[0])
	}
}
