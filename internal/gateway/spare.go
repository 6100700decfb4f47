package gateway

import (
	"net/http"
	"strings"
)

// The answers to a spare: one word and an end, in the three protocols. A spare plays one turn with them, so that the first turn of a
// session finds everything loaded. They come from the gateway itself: no provider is asked, and nothing is counted.
var spareAnswers = map[string]spareAnswer{
	"chat/completions": {
		stream: []string{
			`{"id":"spare","object":"chat.completion.chunk","created":0,"model":"spare","choices":[{"index":0,"delta":{"role":"assistant","content":"Ready."},"finish_reason":null}]}`,
			`{"id":"spare","object":"chat.completion.chunk","created":0,"model":"spare","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`,
			`[DONE]`,
		},
		whole: `{"id":"spare","object":"chat.completion","created":0,"model":"spare","choices":[{"index":0,"message":{"role":"assistant","content":"Ready."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`,
	},
	"responses": {
		stream: []string{
			`{"type":"response.created","sequence_number":0,"response":{"id":"spare","object":"response","created_at":0,"status":"in_progress","model":"spare","output":[],"usage":null,"error":null,"incomplete_details":null}}`,
			`{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_spare","type":"message","role":"assistant","status":"in_progress","content":[]}}`,
			`{"type":"response.content_part.added","sequence_number":2,"item_id":"msg_spare","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}`,
			`{"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_spare","output_index":0,"content_index":0,"delta":"Ready."}`,
			`{"type":"response.output_text.done","sequence_number":4,"item_id":"msg_spare","output_index":0,"content_index":0,"text":"Ready."}`,
			`{"type":"response.content_part.done","sequence_number":5,"item_id":"msg_spare","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Ready.","annotations":[]}}`,
			`{"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":` + spareItem + `}`,
			`{"type":"response.completed","sequence_number":7,"response":` + spareResponse + `}`,
		},
		whole: spareResponse,
	},
	"messages": {
		stream: []string{
			`{"type":"message_start","message":{"id":"spare","type":"message","role":"assistant","model":"spare","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Ready."}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}`,
			`{"type":"message_stop"}`,
		},
		whole: `{"id":"spare","type":"message","role":"assistant","model":"spare","content":[{"type":"text","text":"Ready."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`,
	},
}

const (
	spareItem     = `{"id":"msg_spare","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Ready.","annotations":[]}]}`
	spareResponse = `{"id":"spare","object":"response","created_at":0,"status":"completed","model":"spare","output":[` + spareItem + `],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2,"input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":0}},"error":null,"incomplete_details":null}`
)

type spareAnswer struct {
	stream []string
	whole  string
}

// answerSpare answers the call of a spare.
func (q *query) answerSpare(w http.ResponseWriter) {
	a := spareAnswers[q.name]
	if !q.ask.Stream {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(a.whole)) // the spare may have ended
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	var b strings.Builder
	for _, data := range a.stream {
		if q.anthropic {
			kind, _, _ := strings.Cut(strings.TrimPrefix(data, `{"type":"`), `"`)
			b.WriteString("event: " + kind + "\n")
		}
		b.WriteString("data: " + data + "\n\n")
	}
	_, _ = w.Write([]byte(b.String())) // the spare may have ended
}
