package fault_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

func TestCatchMakesAPanicAnInternalErrorWithItsStack(t *testing.T) {
	t.Parallel()
	put := func(m map[string]int) error { m["x"] = 1; return nil }
	err := fault.Catch(func() error { return put(nil) })
	var p *fault.Panic
	if !errors.As(err, &p) || fault.KindOf(err) != fault.Internal {
		t.Fatalf("it answers %v", err)
	}
	if text := err.Error(); !strings.Contains(text, "nil map") || strings.Contains(text, "panic_test.go") {
		t.Errorf("its text is %q", text)
	}
	if logged := p.LogValue().String(); !strings.Contains(logged, "nil map") || !strings.Contains(logged, "panic_test.go") {
		t.Errorf("a log shows %q", logged)
	}
}

func TestCatchPassesErrorsOn(t *testing.T) {
	t.Parallel()
	want := errors.New("no disk")
	if err := fault.Catch(func() error { return want }); !errors.Is(err, want) {
		t.Errorf("it answers %v", err)
	}
	if err := fault.Catch(func() error { return nil }); err != nil {
		t.Errorf("it answers %v", err)
	}
}
