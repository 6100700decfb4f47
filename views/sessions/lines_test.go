package sessions

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

// A change of state says once who made it.
func TestStateLineSaysThingsOnce(t *testing.T) {
	t.Parallel()
	by := event.Actor{Kind: "user", Name: "Lee"}
	for _, c := range []struct {
		state event.State
		by    event.Actor
		want  string
	}{
		{event.State{To: "paused", Message: "Paused by Lee."}, by, "paused by Lee"},
		{event.State{To: "paused"}, by, "paused by Lee"},
		{event.State{To: "pending", Message: "Retried by Lee."}, by, "pending by Lee: Retried by Lee."},
		{event.State{To: "failed", Message: "OpenCode sent no event."}, event.Actor{Kind: "system"}, "failed: OpenCode sent no event."},
	} {
		if got := stateLine(Item{State: &c.state, Actor: c.by}); got != c.want {
			t.Errorf("%+v: %q, want %q", c.state, got, c.want)
		}
	}
}
