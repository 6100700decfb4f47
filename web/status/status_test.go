package status_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

func TestEveryKindHasAStatus(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]int{fault.Invalid: 422, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.Conflict: 409, fault.Exhausted: 429, fault.Unavailable: 503, fault.Internal: 500} {
		if got := status.Of(fmt.Errorf("do: %w", fault.New(kind, "No."))); got != want {
			t.Errorf("%s is %d, not %d", kind, got, want)
		}
	}
	if got := status.Of(errors.New("disk on fire")); got != 500 {
		t.Errorf("what is no fault is %d", got)
	}
}
