package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

func TestKindsShowThroughWrapping(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	f := fault.New(fault.Conflict, "It is %s now.", "paused")
	for name, c := range map[string]struct {
		err  error
		kind fault.Kind
	}{
		"a fault":       {f, fault.Conflict},
		"wrapped":       {fmt.Errorf("move: %w", f), fault.Conflict},
		"joined":        {errors.Join(cause, f), fault.Conflict},
		"with a cause":  {f.Because(cause), fault.Conflict},
		"anything else": {cause, fault.Internal},
		"a field":       {fault.Field("title", "Too long."), fault.Invalid},
		"fields":        {fault.Fields{fault.Field("title", "Too long.")}, fault.Invalid},
		"missing":       {fault.Missing("session"), fault.NotFound},
	} {
		if got := fault.KindOf(c.err); got != c.kind || !fault.Is(c.err, c.kind) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if fault.Is(nil, fault.Internal) {
		t.Error("no error is of a kind")
	}
}

func TestCauseIsForLogsOnly(t *testing.T) {
	t.Parallel()
	cause := errors.New("password=hunter2")
	f := fault.New(fault.Unavailable, "Try again.")
	with := f.Because(cause)
	if with.Error() != "Try again." || !errors.Is(with, cause) || errors.Is(f, cause) {
		t.Errorf("with a cause: %v; the fault itself was changed: %v", with, errors.Is(f, cause))
	}
}

func TestFieldsTellAllOrNothing(t *testing.T) {
	t.Parallel()
	var f fault.Fields
	if f.Err() != nil || f.Error() != "" {
		t.Errorf("no faults: %v", f.Err())
	}
	var one *fault.Error
	if errors.As(error(f), &one) {
		t.Error("no faults, but one was found")
	}
	f.Add("title", "A title has %d characters.", 3)
	f.Add("tags", "Too many.")
	if err := f.Err(); err == nil || err.Error() != "A title has 3 characters." || !errors.As(err, &one) || one.Field != "title" {
		t.Errorf("faults: %v, first %+v", err, one)
	}
	var all fault.Fields
	if !errors.As(fmt.Errorf("create: %w", f.Err()), &all) || len(all) != 2 {
		t.Errorf("wrapped: %v", all)
	}
}
