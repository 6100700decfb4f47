package engine_test

import (
	"context"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// TestClaimsOfOnePassDoNotCountTheSameMemoryTwice: ten sessions wait and the host has memory for three. What a claimed session will
// take counts from its claim, long before its process shows it.
func TestClaimsOfOnePassDoNotCountTheSameMemoryTwice(t *testing.T) {
	t.Parallel()
	const waiting, fit = 10, 3
	begun, end := make(chan struct{}, waiting), make(chan struct{})
	s := newShop(t, func(ctx context.Context, _ fake.Turn) (runner.Outcome, error) {
		begun <- struct{}{}
		<-end
		return done, nil
	})
	s.opts.RoomFor = func(active int) (int, string) { return fit - active, "this host is low on memory." }
	var ids []session.ID
	for range waiting {
		ids = append(ids, s.start())
	}
	s.open()
	for n := range waiting {
		<-begun
		if n == 0 || n >= fit {
			s.countRunning(ids, fit)
		}
		if n >= fit-1 {
			end <- struct{}{}
		}
	}
	for range fit - 1 {
		end <- struct{}{}
	}
	for _, id := range ids {
		s.becomes(id, session.Completed)
	}
}

// countRunning fails the test if more than most sessions run.
func (s *shop) countRunning(ids []session.ID, most int) {
	s.t.Helper()
	n := 0
	for _, id := range ids {
		if s.session(id).Status == session.Running {
			n++
		}
	}
	if n > most {
		s.t.Errorf("%d sessions run, the host has memory for %d", n, most)
	}
}
