package opencode

import (
	"context"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

func TestAPanicWhileAProcessIsStartedFailsItsSessionOnly(t *testing.T) {
	t.Parallel()
	r := New(Options{Config: func(context.Context, tenant.ID) (TeamConfig, error) { panic("no config") }})
	for range 2 { // the second one does not wait for the first one's locks
		out, err := r.Execute(t.Context(), runner.Job{Tenant: crew, Session: "s"}, nil)
		if err != nil || out.End != runner.Failed || out.Reason.Code != session.RunnerUnreachable {
			t.Fatalf("the turn ended %+v, %v", out, err)
		}
	}
}
