package sessions

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

// The log shows an approval's command as it is, not the list of its parts.
func TestALineOfTheLogHoldsTheCommand(t *testing.T) {
	t.Parallel()
	e := event.New(event.AgentPermission, event.Actor{}, event.Ask{Status: "open", Permission: "bash", Patterns: []string{"make check", "rm -rf build/"},
		Metadata: []byte(`{"command":"make check && rm -rf build/ > log"}`)})
	if got := logLine(e); got != "open bash make check && rm -rf build/ > log" {
		t.Errorf("the line is %q", got)
	}
}
