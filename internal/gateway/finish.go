package gateway

import (
	"encoding/json"
	"slices"
	"strings"
)

// The meanings of a finish reason.
const (
	ended    = "ended"
	tooLong  = "too long"
	filtered = "filtered"
	called   = "called"
	broken   = "broken"
)

// finishWords are a protocol's finish reasons: all that agents understand, and the one to send for each meaning. With any other reason
// OpenCode takes a complete response for one that it must request again, for ever.
type finishWords struct {
	path  []string // where the reason is in an event or a response
	whole []string // where it is in a whole response
	known []string
	send  map[string]string
}

var chatFinish = finishWords{
	path:  []string{"choices", "*", "finish_reason"},
	whole: []string{"choices", "*", "finish_reason"},
	known: []string{"stop", "length", "content_filter", "tool_calls", "function_call"},
	send:  map[string]string{ended: "stop", tooLong: "length", filtered: "content_filter", called: "tool_calls"},
}

var messagesFinish = finishWords{
	path:  []string{"delta", "stop_reason"},
	whole: []string{"stop_reason"},
	known: []string{"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"},
	send:  map[string]string{ended: "end_turn", tooLong: "max_tokens", filtered: "refusal", called: "tool_use"},
}

// responsesFinish holds only the reasons of incomplete responses, because complete ones need none.
var responsesFinish = finishWords{
	path:  []string{"response", "incomplete_details", "reason"},
	whole: []string{"incomplete_details", "reason"},
	known: []string{"max_output_tokens", "content_filter", "response.completed", "response.incomplete", "response.failed"},
	send:  map[string]string{ended: "max_output_tokens", tooLong: "max_output_tokens", filtered: "content_filter", called: "max_output_tokens"},
}

// meanings are words in the finish reasons that providers invent, in the order in which they count.
var meanings = []struct {
	meaning string
	words   []string
}{
	{tooLong, []string{"length", "max", "limit", "window", "truncat"}},
	{filtered, []string{"filter", "safety", "refus", "guardrail", "moderat", "prohibit", "blocklist", "recitation", "sensitive", "spii"}},
	{broken, []string{"error", "abort", "cancel", "timeout", "fail", "unavailable", "overload"}},
}

// meaningOf guesses the meaning of an unknown finish reason.
func meaningOf(reason string, hasCalls bool) string {
	reason = strings.ToLower(reason)
	for _, m := range meanings {
		if slices.ContainsFunc(m.words, func(w string) bool { return strings.Contains(reason, w) }) {
			return m.meaning
		}
	}
	if hasCalls {
		return called
	}
	return ended
}

// isKnown reports whether agents understand the reason. An empty one says nothing yet.
func (f *finishWords) isKnown(reason string) bool {
	return reason == "" || slices.Contains(f.known, reason)
}

// rewrite returns data with a finish reason that agents understand.
func (f *finishWords) rewrite(data []byte, path []string, hasCalls bool) []byte {
	return rewrite(data, path, func(value []byte) []byte {
		var reason string
		if json.Unmarshal(value, &reason) != nil || f.isKnown(reason) {
			return value
		}
		return f.word(meaningOf(reason, hasCalls))
	})
}

// complete returns a whole response with a finish reason where it is null: a whole response has an end.
func (f *finishWords) complete(data []byte, hasCalls bool) []byte {
	return rewrite(data, f.whole, func(value []byte) []byte {
		if !isNull(value) {
			return value
		}
		return f.word(meaningOf("", hasCalls))
	})
}

func (f *finishWords) word(meaning string) []byte {
	raw, _ := json.Marshal(f.send[meaning]) // a string, which always marshals
	return raw
}
