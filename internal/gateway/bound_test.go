package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
)

// bounded is a house whose gateway has limits, in front of a provider that serves with handler.
func bounded(t *testing.T, o gateway.Options, handler http.HandlerFunc) *house {
	t.Helper()
	up := httptest.NewServer(handler)
	t.Cleanup(up.Close)
	h := newHouse(t, provider.OpenAICompatible)
	h.grant.BaseURL = up.URL
	o.Backend, o.Transport = h.ledger, http.DefaultTransport
	s := httptest.NewServer(gateway.New(o))
	t.Cleanup(s.Close)
	h.url = s.URL + "/p/acme/v1"
	return h
}

// However many tool calls a response has and however long their IDs and names are, little is kept, and all of it is counted.
func TestToolCallsAreBounded(t *testing.T) {
	t.Parallel()
	const length, many = 1 << 16, 8
	long := strings.Repeat("i", length)
	first := map[string]func(i int) string{
		"chat/completions": func(i int) string {
			return fmt.Sprintf(`{"choices":[{"delta":{"tool_calls":[{"index":%d,"id":"%s","function":{"name":"n","arguments":""}}]}}]}`, i, long)
		},
		"messages": func(i int) string {
			return fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"tool_use","id":"t","name":"%s"}}`, i, long)
		},
		"responses": func(i int) string {
			return fmt.Sprintf(`{"type":"response.output_item.added","output_index":%d,"item":{"type":"function_call","call_id":"%s","name":"n","arguments":""}}`, i, long)
		},
	}
	for e, event := range first {
		h := bounded(t, gateway.Options{}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for i := range many {
				_, _ = io.WriteString(w, sse(event(i)))
			}
			for i := range 500 {
				_, _ = io.WriteString(w, sse(strings.Replace(event(many+i), long, "short", 1)))
			}
		})
		_, got, err := call(t, h.url+"/"+e, processKey, prompt(e, "hi", true))
		if err != nil || len(got) < many*length {
			t.Fatalf("%s: %v, %d bytes came", e, err, len(got))
		}
		c := h.recorded(t)
		if n := strings.Count(string(c.Response), `"arguments"`); n != 256 || len(c.Response) > 256*600 || !strings.Contains(string(c.Response), `"truncated":true`) {
			t.Errorf("%s: %d calls in %d bytes are stored", e, n, len(c.Response))
		}
		if c.Guess.Output < many*length/4 {
			t.Errorf("%s: %d tokens are counted", e, c.Guess.Output)
		}
	}
}

// A response beyond the limit of size ends with a sentence, whichever form it has.
func TestResponseSizeIsBounded(t *testing.T) {
	t.Parallel()
	piece := sse(`{"choices":[{"delta":{"content":"` + strings.Repeat("x", 1000) + `"}}]}`)
	for name, c := range map[string]struct {
		kind, piece string
		stream      bool
		status      int
	}{
		"stream":   {"text/event-stream", piece, true, 200},
		"one line": {"text/event-stream", strings.Repeat("x", 1000), true, 424},
		"comments": {"text/event-stream", ": keep-alive\n\n", true, 424},
		"whole":    {"application/json", strings.Repeat(" ", 1000), false, 424},
	} {
		gone := make(chan struct{})
		h := bounded(t, gateway.Options{AnswerBytes: 32 << 10}, func(w http.ResponseWriter, r *http.Request) {
			defer close(gone)
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", c.kind)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, c.piece)
			}
		})
		res, got, err := call(t, h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", c.stream))
		if err != nil || res.StatusCode != c.status || len(got) > 100<<10 || !strings.Contains(got, "larger than 32 KiB") {
			t.Errorf("%s: %d %v, %d bytes: …%s", name, res.StatusCode, err, len(got), got[max(0, len(got)-300):])
		}
		<-gone
		if r := h.recorded(t); !strings.Contains(r.Error, "--max-response-size") || !r.Estimated {
			t.Errorf("%s: recorded %+v", name, r.Call)
		}
	}
}

// A response beyond the limit of time ends with a sentence, before its first byte as well as after.
func TestResponseTimeIsBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, piece string
		stream      bool
		status      int
	}{
		"silent":       {"", "", true, 424},
		"half":         {"text/event-stream", sse(chatText), true, 200},
		"comment":      {"text/event-stream", ": keep-alive\n\n", true, 424},
		"half a whole": {"application/json", `{"choices":`, false, 424},
	} {
		gone := make(chan struct{})
		h := bounded(t, gateway.Options{AnswerTime: 300 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
			defer close(gone)
			_, _ = io.Copy(io.Discard, r.Body)
			if c.kind != "" {
				w.Header().Set("Content-Type", c.kind)
				_, _ = io.WriteString(w, c.piece)
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		})
		res, got, err := call(t, h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", c.stream))
		if err != nil || res.StatusCode != c.status || !strings.Contains(got, "took longer than 300 milliseconds") {
			t.Errorf("%s: %d %v %s", name, res.StatusCode, err, got)
		}
		<-gone
		if r := h.recorded(t); !strings.Contains(r.Error, "--max-response-time") || !r.Estimated {
			t.Errorf("%s: recorded %+v", name, r.Call)
		}
	}
}
