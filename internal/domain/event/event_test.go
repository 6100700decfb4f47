package event_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

// data is one value of every type's data, so that none is forgotten.
var data = map[event.Type]any{
	event.SessionCreated: event.Created{Title: "x"}, event.SessionState: event.State{From: "a", To: "b"}, event.SessionNote: event.Note{MessageID: "m", Text: "x"},
	event.SessionUsage: event.Usage{Input: 1}, event.SessionChecks: event.Checks{Passed: 1}, event.AgentMessage: event.Text{PartID: "p", Text: "x"},
	event.AgentReasoning: event.Text{Text: "x"}, event.AgentCompaction: event.Text{Text: "x"}, event.AgentTool: event.Tool{CallID: "c", Input: []byte(`{"a":1}`)},
	event.AgentPatch: event.Patch{Hash: "h", Files: []string{"a"}}, event.AgentTodo: event.Todo{Items: []event.TodoItem{{Content: "x", Status: "pending"}}},
	event.AgentUsage: event.Usage{Output: 1}, event.AgentPermission: event.Ask{AskID: "a", Status: "asked"}, event.AgentQuestion: event.Ask{AskID: "q"},
	event.AgentRetry: event.Retry{Attempt: 1}, event.AgentError: event.Error{Name: "x"}, event.AgentRaw: event.Raw{SourceType: "x", Payload: []byte(`{}`)},
	event.SessionPushed:     event.Pushed{Branch: "fix", Commit: "c"},
	event.SessionCheckpoint: event.Checkpoint{N: 3, Cause: "turn"}, event.SessionRestored: event.Restored{N: 3}, event.SessionForked: event.Restored{N: 3},
	event.SessionAlarm: event.Alarm{Code: "approval_vanished", Message: "x", AskID: "a"},
	event.AgentEgress:  event.Egress{Target: "h:1", Refused: "x", Count: 2},
	event.SessionPull:  event.Pull{Number: 7, URL: "https://git.example.org/7", Host: "git.example.org", Change: "merged", Base: "main", Draft: true, Commit: "c", Failed: 1},
}

func TestEveryTypeHasDataThatComesBack(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^(session|agent)\.[a-z]+$`)
	for _, typ := range event.Types() {
		v, ok := data[typ]
		if !ok || !name.MatchString(string(typ)) {
			t.Errorf("%s: data %v", typ, ok)
			continue
		}
		e := event.New(typ, event.Actor{Kind: "agent"}, v)
		if e.V != 1 || e.Type != typ {
			t.Errorf("%s: %+v", typ, e)
		}
		if diff := cmp.Diff(v, decoded(e, v)); diff != "" {
			t.Errorf("%s: %s", typ, diff)
		}
	}
	if len(data) != len(event.Types()) || len(slices.Compact(slices.Sorted(slices.Values(event.Types())))) != len(data) {
		t.Errorf("%d types, %d with data", len(event.Types()), len(data))
	}
}

func TestAPartEndsWithItsLastEvent(t *testing.T) {
	t.Parallel()
	text, tool := event.Text{PartID: "p"}, func(status string) event.Tool { return event.Tool{PartID: "p", Status: status} }
	for name, c := range map[string]struct {
		typ  event.Type
		data any
		ends string
	}{
		"a message": {event.AgentMessage, text, "p"}, "a thought": {event.AgentReasoning, text, "p"}, "a compaction": {event.AgentCompaction, text, "p"},
		"a tool that is done": {event.AgentTool, tool("completed"), "p"}, "one that failed": {event.AgentTool, tool("error"), "p"},
		"one that runs": {event.AgentTool, tool("running"), ""}, "one that waits": {event.AgentTool, tool("pending"), ""},
		"a message without a part": {event.AgentMessage, event.Text{}, ""}, "a plan": {event.AgentTodo, event.Todo{}, ""},
		"a person's note": {event.SessionNote, event.Note{}, ""},
	} {
		if got := event.New(c.typ, event.Actor{}, c.data).EndsPart(); got != c.ends {
			t.Errorf("%s ends %q, not %q", name, got, c.ends)
		}
	}
}

func decoded(e event.Event, like any) any {
	switch like.(type) {
	case event.Created:
		return event.Decode[event.Created](e)
	case event.State:
		return event.Decode[event.State](e)
	case event.Note:
		return event.Decode[event.Note](e)
	case event.Usage:
		return event.Decode[event.Usage](e)
	case event.Checks:
		return event.Decode[event.Checks](e)
	case event.Text:
		return event.Decode[event.Text](e)
	case event.Tool:
		return event.Decode[event.Tool](e)
	case event.Checkpoint:
		return event.Decode[event.Checkpoint](e)
	case event.Restored:
		return event.Decode[event.Restored](e)
	case event.Pushed:
		return event.Decode[event.Pushed](e)
	case event.Pull:
		return event.Decode[event.Pull](e)
	case event.Alarm:
		return event.Decode[event.Alarm](e)
	case event.Egress:
		return event.Decode[event.Egress](e)
	case event.Patch:
		return event.Decode[event.Patch](e)
	case event.Todo:
		return event.Decode[event.Todo](e)
	case event.Ask:
		return event.Decode[event.Ask](e)
	case event.Retry:
		return event.Decode[event.Retry](e)
	case event.Error:
		return event.Decode[event.Error](e)
	case event.Raw:
		return event.Decode[event.Raw](e)
	}
	return nil
}

func TestOddDataIsTheZeroValue(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "null", "[]", `"x"`} {
		if got := event.Decode[event.Note](event.Event{Data: []byte(raw)}); got != (event.Note{}) {
			t.Errorf("%q gives %+v", raw, got)
		}
	}
}
