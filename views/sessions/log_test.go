package sessions

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

// The log shows an approval's command as it is, not the list of its parts.
func TestALineOfTheLogHoldsTheCommand(t *testing.T) {
	t.Parallel()
	parts := []string{"make check", "rm -rf build/"}
	for want, ask := range map[string]event.Ask{
		"asked bash make check && rm -rf build/ > log": {Status: "asked", Permission: "bash", Patterns: parts, Metadata: []byte(`{"command":"make check && rm -rf build/ > log"}`)},
		"replied bash once":                            {Status: "replied", Permission: "bash", Patterns: parts, Reply: "once"},
	} {
		if got := logLine(event.New(event.AgentPermission, event.Actor{}, ask)); got != want {
			t.Errorf("the line is %q", got)
		}
	}
}

// What a provider or a library wrote is folded away below the sentence for people.
func TestTheRawTextOfAnErrorIsFoldedAway(t *testing.T) {
	t.Parallel()
	for raw, isFolded := range map[string]bool{`{"type":"server_error","code":529}`: true, "": false} {
		var b strings.Builder
		it := itemOf("", event.New(event.AgentError, event.Actor{Kind: "agent"}, event.Error{Name: "APIError", Status: 502, Message: "The model provider reported an error: Overloaded.", Raw: raw}))
		if err := ItemView(it, Place{}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		before, after, found := strings.Cut(b.String(), "<details")
		summary, body, _ := strings.Cut(after, "</summary>")
		if found != isFolded || strings.Contains(before+summary, "server_error") || !strings.Contains(before+summary, "reported an error: Overloaded.") {
			t.Errorf("raw %q: %s", raw, b.String())
		}
		if head, _, _ := strings.Cut(after, ">"); isFolded && (strings.Contains(head, "open") || !strings.Contains(body, "server_error")) {
			t.Errorf("it is not folded away: %s", b.String())
		}
	}
}
