package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// sse is a stream of events with these data; those of Anthropic have names.
func sse(data ...string) string {
	var b strings.Builder
	for _, d := range data {
		if kind, _, isNamed := strings.Cut(strings.TrimPrefix(d, `{"type":"`), `"`); isNamed && strings.HasPrefix(d, `{"type":"`) {
			b.WriteString("event: " + kind + "\n")
		}
		b.WriteString("data: " + d + "\n\n")
	}
	return b.String()
}

// upstream is a provider that answers everything with body.
func upstream(t *testing.T, contentType, body string) *house {
	t.Helper()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = []string{contentType}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(up.Close)
	h := newHouse(t, provider.OpenAICompatible)
	h.grant.BaseURL = up.URL
	return h
}

const (
	chatText    = `{"choices":[{"index":0,"delta":{"role":"assistant","content":"half an answer"}}]}`
	chatStop    = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	chatCall    = `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"read","arguments":"{}"}}]}}]}`
	chatHalf    = `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"read","arguments":"{\"a"}}]}}]}`
	chatNoID    = `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"read","arguments":"{}"}}]}}]}`
	chatNoName  = `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"arguments":"{}"}}]}}]}`
	chatList    = `{"choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"text","text":"list"}]}}]}`
	chatBad     = `{"error":{"message":"Overloaded upstream","type":"server_error","code":529}}`
	claudeStart = `{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"a","content":[],"usage":{"input_tokens":100,"output_tokens":1}}}`
	claudeBlock = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`
	claudeText  = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"A whole answer."}}`
	claudeCall  = `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"read","input":{}}}`
	claudeArgs  = `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}`
	claudeNull  = `{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":40}}`
	claudeStop  = `{"type":"message_stop"}`
	claudeBad   = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
	newerStart  = `{"type":"response.created","response":{"id":"r","created_at":1,"model":"a"}}`
	newerText   = `{"type":"response.output_text.delta","item_id":"i","delta":"some text"}`
	newerFailed = `{"type":"response.failed","response":{"error":{"code":"server_error","message":"It broke"}}}`
	page        = "<html><body>Please sign in</body></html>"
)

// A response with status 200 that is no completion is an error of the provider: an error status while nothing was sent, otherwise an
// error event.
func TestA200ThatIsNoCompletion(t *testing.T) {
	t.Parallel()
	const chat, newer, claude, events, json = "chat/completions", "responses", "messages", "text/event-stream", "application/json"
	wholes := map[string]string{chat: `{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}`, newer: `{"output":[]}`, claude: `{"type":"message","content":[],"stop_reason":"end_turn"}`}
	type row struct {
		endpoint, kind, body, words string
		inStream, free              bool
	}
	rows := map[string]row{
		"only DONE":           {chat, events, sse("[DONE]"), "is empty", false, false},
		"no finish reason":    {chat, events, sse(chatText, "[DONE]"), "without a finish reason", true, false},
		"no reason, no DONE":  {chat, events, sse(chatText), "without a finish reason", true, false},
		"half a call":         {chat, events, sse(chatHalf, "[DONE]"), "without a finish reason", true, false},
		"role only":           {chat, events, sse(`{"choices":[{"delta":{"role":"assistant"}}]}`, "[DONE]"), "is empty", true, false},
		"error":               {chat, events, sse(chatBad, "[DONE]"), "reported an error: Overloaded upstream.", false, true},
		"error after text":    {chat, events, sse(chatText, chatBad), "reported an error: Overloaded upstream.", true, false},
		"call without ID":     {chat, events, sse(chatNoID, chatStop), "a tool call has no ID", false, false},
		"call without name":   {chat, events, sse(chatNoName, chatStop), "a tool call has no name", false, false},
		"content as a list":   {chat, events, sse(chatList, chatStop), "content is a list", false, false},
		"ends with an error":  {chat, events, sse(chatText, `{"choices":[{"delta":{},"finish_reason":"network_error"}]}`), "with an error (network_error)", true, false},
		"no message_delta":    {claude, events, sse(claudeStart, claudeBlock, claudeText, claudeStop), "without a finish reason", true, false},
		"null stop reason":    {claude, events, sse(claudeStart, claudeBlock, claudeText, claudeNull, claudeStop), "without a finish reason", true, false},
		"claude's error":      {claude, events, sse(claudeBad), "reported an error: Overloaded.", false, true},
		"claude, empty":       {claude, events, sse(claudeStart, claudeStop), "is empty", true, false},
		"newer, cut short":    {newer, events, sse(newerStart, newerText), "without a finish reason", true, false},
		"newer, failed":       {newer, events, sse(newerStart, newerText, newerFailed), "reported an error: It broke.", true, false},
		"error as JSON":       {chat, json, `{"error":{"message":"No such thing"}}`, "reported an error: No such thing.", false, true},
		"JSON of another API": {chat, json, `{"hello":"world"}`, "not a completion", false, true},
	}
	for _, e := range []string{chat, newer, claude} {
		rows["page at "+e] = row{e, "text/html; charset=utf-8", page, "a web page", false, true}
		rows["page as a stream at "+e] = row{e, events, page, "a web page", false, true}
		rows["no body at "+e] = row{e, events, "", "is empty", false, false}
		rows["no body, no type at "+e] = row{e, json, "", "is empty", false, false}
		rows["comments only at "+e] = row{e, events, ": keep-alive\n\n: keep-alive\n\n", "", false, true}
		rows["whole answer at "+e] = row{e, json, wholes[e], "a whole response although a stream", false, false}
	}
	for name, c := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := upstream(t, c.kind, c.body)
			res, got, err := call(t, h.url+"/"+c.endpoint, processKey, prompt(c.endpoint, "hi", true))
			if err != nil || !strings.Contains(got, c.words) || res.StatusCode != wantStatus(c.inStream, c.words) {
				t.Fatalf("%d %v %s", res.StatusCode, err, got)
			}
			if c.inStream && (strings.Contains(got, "[DONE]") || strings.Contains(got, `"message_stop"`) || !strings.Contains(got, `"type":"error"`)) {
				t.Errorf("the stream looks complete: %s", got)
			}
			r := h.recorded(t)
			if !strings.Contains(r.Error, c.words) || r.Error == "" || (r.Counts == usage.Counts{}) != c.free {
				t.Errorf("recorded %q %+v", r.Error, r.Counts)
			}
		})
	}
}

// A stream that is cut off before its first event is an error status: the client has nothing yet.
func TestACutBeforeTheFirstEvent(t *testing.T) {
	t.Parallel()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, ": keep-alive\n\n")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer up.Close()
	h := newHouse(t, provider.OpenAICompatible)
	h.grant.BaseURL = up.URL
	res, got, err := call(t, h.url+"/messages", processKey, prompt("messages", "hi", true))
	if err != nil || res.StatusCode != 502 || !strings.Contains(got, "was cut off") {
		t.Errorf("%d %v %s", res.StatusCode, err, got)
	}
	if r := h.recorded(t); !r.Estimated || r.Counts.Input == 0 {
		t.Errorf("recorded %+v", r.Call)
	}
}

// A key that the model repeats is not stored with the call.
func TestTheKeyIsNotStored(t *testing.T) {
	t.Parallel()
	h := upstream(t, "text/event-stream", sse(`{"choices":[{"delta":{"content":"it is `+realKey+`"},"finish_reason":"stop"}]}`))
	if _, _, err := call(t, h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", true)); err != nil {
		t.Fatal(err)
	}
	if r := h.recorded(t); !strings.Contains(string(r.Response), "it is [key]") {
		t.Errorf("stored %s", r.Response)
	}
}

// wantStatus is 502, which agents retry, unless the stream had begun or another try would bring the same.
func wantStatus(inStream bool, words string) int {
	switch {
	case inStream:
		return 200
	case strings.HasPrefix(words, "a tool call has") || strings.HasPrefix(words, "content is a list"):
		return 424
	}
	return 502
}

// A whole response with a finish reason that agents do not know, or with none behind whole tool calls, ends as it was meant.
func TestFinishReasonsAreNormalised(t *testing.T) {
	t.Parallel()
	const chat, newer, claude = "chat/completions", "responses", "messages"
	chatEnd := func(reason string) string {
		return fmt.Sprintf(`{"choices":[{"index":0,"delta":{},"finish_reason":%q}],"usage":{"prompt_tokens":5,"completion_tokens":6}}`, reason)
	}
	claudeEnd := func(reason string) string {
		return fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":40}}`, reason)
	}
	newerEnd := func(reason string) string {
		return fmt.Sprintf(`{"type":"response.incomplete","response":{"incomplete_details":{"reason":%q},"usage":{"input_tokens":1,"output_tokens":1}}}`, reason)
	}
	for name, c := range map[string]struct{ endpoint, in, want string }{
		"custom":            {chat, sse(chatText, chatEnd("end_turn_custom"), "[DONE]"), sse(chatText, chatEnd("stop"), "[DONE]")},
		"custom, calls":     {chat, sse(chatCall, chatEnd("tool_use"), "[DONE]"), sse(chatCall, chatEnd("tool_calls"), "[DONE]")},
		"too long":          {chat, sse(chatText, chatEnd("MAX_TOKENS"), "[DONE]"), sse(chatText, chatEnd("length"), "[DONE]")},
		"filtered":          {chat, sse(chatText, chatEnd("SAFETY"), "[DONE]"), sse(chatText, chatEnd("content_filter"), "[DONE]")},
		"calls, no reason":  {chat, sse(chatCall, "[DONE]"), sse(chatCall) + `data: {"id":"end","object":"chat.completion.chunk","created":0,"model":"","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n" + sse("[DONE]")},
		"known":             {chat, sse(chatText, chatEnd("length"), "[DONE]"), sse(chatText, chatEnd("length"), "[DONE]")},
		"stop with calls":   {chat, sse(chatCall, chatStop), sse(chatCall, chatStop)},
		"claude":            {claude, sse(claudeStart, claudeBlock, claudeText, claudeEnd("weird"), claudeStop), sse(claudeStart, claudeBlock, claudeText, claudeEnd("end_turn"), claudeStop)},
		"claude, calls":     {claude, sse(claudeStart, claudeCall, claudeArgs, claudeEnd("weird"), claudeStop), sse(claudeStart, claudeCall, claudeArgs, claudeEnd("tool_use"), claudeStop)},
		"claude, no reason": {claude, sse(claudeStart, claudeCall, claudeArgs, claudeStop), sse(claudeStart, claudeCall, claudeArgs, `{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":0}}`, claudeStop)},
		"newer":             {newer, sse(newerStart, newerText, newerEnd("odd")), sse(newerStart, newerText, newerEnd("max_output_tokens"))},
		"newer, known":      {newer, sse(newerStart, newerText, newerEnd("content_filter")), sse(newerStart, newerText, newerEnd("content_filter"))},
		"split data":        {chat, sse(chatText) + "data: {\"choices\":[{\"delta\":{},\ndata: \"finish_reason\":\"odd\"}]}\n\n", sse(chatText) + "data: {\"choices\":[{\"delta\":{},\ndata: \"finish_reason\":\"stop\"}]}\n\n"},
		"carriage returns":  {chat, strings.ReplaceAll(sse(chatText, chatStop, "[DONE]"), "\n", "\r"), strings.ReplaceAll(sse(chatText, chatStop, "[DONE]"), "\n", "\r")},
		"both line ends":    {chat, strings.ReplaceAll(sse(chatText, chatStop, "[DONE]"), "\n", "\r\n"), strings.ReplaceAll(sse(chatText, chatStop, "[DONE]"), "\n", "\r\n")},
		"byte order mark":   {chat, "\xef\xbb\xbf" + sse(chatText, chatStop, "[DONE]"), "\xef\xbb\xbf" + sse(chatText, chatStop, "[DONE]")},
	} {
		for _, kind := range []string{"text/event-stream", "text/plain"} {
			t.Run(name+" as "+kind, func(t *testing.T) {
				t.Parallel()
				h := upstream(t, kind, c.in)
				res, got, err := call(t, h.url+"/"+c.endpoint, processKey, prompt(c.endpoint, "hi", true))
				if err != nil || res.StatusCode != 200 || got != c.want {
					t.Errorf("%d %v\n%s\nwant\n%s", res.StatusCode, err, got, c.want)
				}
				if r := h.recorded(t); r.Error != "" {
					t.Errorf("recorded %q", r.Error)
				}
			})
		}
	}
}

func TestWholeResponsesAreNormalised(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ endpoint, in, want string }{
		"custom":     {"chat/completions", `{"choices":[{"message":{"content":"a"},"finish_reason":"odd"}]}`, `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`},
		"null":       {"chat/completions", `{"choices":[{"finish_reason": null,"message":{"content":"a"}}]}`, `{"choices":[{"finish_reason": "stop","message":{"content":"a"}}]}`},
		"null calls": {"chat/completions", `{"choices":[{"finish_reason":null,"message":{"tool_calls":[{"id":"a","function":{"name":"b","arguments":"{}"}}]}}]}`, `{"choices":[{"finish_reason":"tool_calls","message":{"tool_calls":[{"id":"a","function":{"name":"b","arguments":"{}"}}]}}]}`},
		"claude":     {"messages", `{"content":[{"type":"text","text":"a"}],"stop_reason":"odd"}`, `{"content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"}`},
		"newer":      {"responses", `{"output":[],"incomplete_details":{"reason":"odd"}}`, `{"output":[],"incomplete_details":{"reason":"max_output_tokens"}}`},
		"untouched":  {"responses", `{"output":[],"incomplete_details":null }`, `{"output":[],"incomplete_details":null }`},
	} {
		h := upstream(t, "application/json", c.in)
		res, got, err := call(t, h.url+"/"+c.endpoint, processKey, prompt(c.endpoint, "hi", false))
		if err != nil || res.StatusCode != 200 || got != c.want {
			t.Errorf("%s: %d %v %s", name, res.StatusCode, err, got)
		}
	}
}
