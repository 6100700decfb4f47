package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Reports that lie, err or are left out break nothing: what is told honestly is taken, the rest estimated.
func TestOddReports(t *testing.T) {
	t.Parallel()
	type row struct {
		endpoint, turn string
		estimated      bool
		want           func(in, out int64) usage.Counts // given the estimates
	}
	none := func(in, out int64) usage.Counts { return usage.Counts{Input: in, Output: out} }
	raw := func(s string) string { return `"usage_raw":` + s }
	for name, c := range map[string]row{
		"left out":          {"chat/completions", `"no_usage":true`, true, none},
		"left out, claude":  {"messages", `"no_usage":true`, true, none},
		"left out, newer":   {"responses", `"no_usage":true`, true, none},
		"null":              {"chat/completions", raw(`null`), true, none},
		"no object":         {"chat/completions", raw(`"many"`), true, none},
		"empty":             {"responses", raw(`{}`), true, none},
		"negative":          {"chat/completions", raw(`{"prompt_tokens":-5,"completion_tokens":-1}`), true, none},
		"enormous":          {"chat/completions", raw(`{"prompt_tokens":1e308,"completion_tokens":1e999}`), true, none},
		"not numbers":       {"chat/completions", raw(`{"prompt_tokens":"NaN","completion_tokens":"Infinity"}`), true, none},
		"fractions":         {"responses", raw(`{"input_tokens":1.5,"output_tokens":"3"}`), true, none},
		"half a report":     {"chat/completions", raw(`{"prompt_tokens":70}`), true, func(_, out int64) usage.Counts { return usage.Counts{Input: 70, Output: out} }},
		"cached too many":   {"chat/completions", raw(`{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":99}}`), true, func(int64, int64) usage.Counts { return usage.Counts{CacheRead: 10, Output: 2} }},
		"reasons too much":  {"responses", raw(`{"input_tokens":10,"output_tokens":2,"output_tokens_details":{"reasoning_tokens":99}}`), true, func(int64, int64) usage.Counts { return usage.Counts{Input: 10, Reasoning: 2} }},
		"reasoning beside":  {"chat/completions", raw(`{"prompt_tokens":10,"completion_tokens":2,"total_tokens":111,"completion_tokens_details":{"reasoning_tokens":99}}`), false, func(int64, int64) usage.Counts { return usage.Counts{Input: 10, Output: 2, Reasoning: 99} }},
		"cache hit":         {"chat/completions", raw(`{"prompt_tokens":10,"completion_tokens":2,"prompt_cache_hit_tokens":4}`), false, func(int64, int64) usage.Counts { return usage.Counts{Input: 6, CacheRead: 4, Output: 2} }},
		"details are wrong": {"chat/completions", raw(`{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":"x"}`), false, func(int64, int64) usage.Counts { return usage.Counts{Input: 10, Output: 2} }},
		"details are null":  {"responses", raw(`{"input_tokens":10,"output_tokens":2,"input_tokens_details":null}`), false, func(int64, int64) usage.Counts { return usage.Counts{Input: 10, Output: 2} }},
		"claude, no split":  {"messages", raw(`{"input_tokens":10,"output_tokens":2,"cache_creation_input_tokens":7}`), false, func(int64, int64) usage.Counts { return usage.Counts{Input: 10, Output: 2, CacheWriteShort: 7} }},
		"zero":              {"chat/completions", raw(`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`), true, none},
		"zero, claude":      {"messages", raw(`{"input_tokens":0,"output_tokens":0}`), true, none},
		"zero, newer":       {"responses", raw(`{"input_tokens":0,"output_tokens":0,"total_tokens":0}`), true, none},
		"zero written":      {"chat/completions", raw(`{"prompt_tokens":70,"completion_tokens":0}`), true, func(_, out int64) usage.Counts { return usage.Counts{Input: 70, Output: out} }},
		"all cached":        {"messages", raw(`{"input_tokens":0,"output_tokens":2,"cache_read_input_tokens":9}`), false, func(int64, int64) usage.Counts { return usage.Counts{CacheRead: 9, Output: 2} }},
		"claude, negative":  {"messages", raw(`{"input_tokens":10,"output_tokens":2,"cache_read_input_tokens":-7}`), true, func(int64, int64) usage.Counts { return usage.Counts{Input: 10, Output: 2} }},
	} {
		for _, stream := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s stream=%v", name, stream), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, provider.OpenAICompatible)
				body := prompt(c.endpoint, `SCRIPT:[{"text":"twelve bytes",`+c.turn+`}]`, stream)
				if _, _, err := call(t, h.url+"/"+c.endpoint, processKey, body); err != nil {
					t.Fatal(err)
				}
				got := h.recorded(t)
				if want := c.want(int64(len(body)+3)/4, 3); got.Counts != want || got.Estimated != c.estimated || got.Error != "" {
					t.Errorf("%+v estimated %v, want %+v %v; error %q", got.Counts, got.Estimated, want, c.estimated, got.Error)
				}
				if got.Cost != prices.Cost(got.Counts) {
					t.Errorf("cost %d", got.Cost)
				}
			})
		}
	}
}

// A report that is no JSON at all, such as one that holds NaN, is one that was left out; the answer goes through untouched.
func TestReportsThatAreNoJSON(t *testing.T) {
	t.Parallel()
	const whole = `{"choices":[{"message":{"content":"twelve bytes"}}],"usage":{"prompt_tokens":NaN,"completion_tokens":-Infinity}}`
	for kind, answer := range map[string]string{"application/json": whole,
		"text/event-stream": "data: {\"choices\":[{\"delta\":{\"content\":\"twelve bytes\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":NaN}}\n\ndata: [DONE]\n\n"} {
		up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, answer)
		}))
		defer up.Close()
		h := newHouse(t, provider.OpenAICompatible)
		h.grant.BaseURL = up.URL
		body := prompt("chat/completions", "hi", kind != "application/json")
		if _, got, err := call(t, h.url+"/chat/completions", processKey, body); err != nil || got != answer {
			t.Errorf("%s: %v %q", kind, err, got)
		}
		c := h.recorded(t)
		if !c.Estimated || c.Counts.Input != int64(len(body)+3)/4 || c.Counts.Output <= 0 || c.Counts.Output > 50 || c.Cost != prices.Cost(c.Counts) {
			t.Errorf("%s: recorded %+v", kind, c.Call)
		}
	}
}
