package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
)

const fullTurn = `Do it. SCRIPT:[{"text":"hello there <b>","reasoning":"let me think","tools":[{"name":"bash","args":{"command":"ls"}},{"name":"read","args":{}}],
	"usage":{"prompt":3000,"completion":100,"cached":1000,"reasoning":30,"cache_write":200,"cache_write_long":50}}]`

func TestSameBytesAndExactUsage(t *testing.T) {
	t.Parallel()
	want := map[string]usage.Counts{
		"chat/completions": {Input: 1750, Output: 70, Reasoning: 30, CacheRead: 1000, CacheWriteShort: 250},
		"responses":        {Input: 2000, Output: 70, Reasoning: 30, CacheRead: 1000},
		"messages":         {Input: 1750, Output: 100, CacheRead: 1000, CacheWriteShort: 200, CacheWriteLong: 50},
	}
	for _, e := range endpoints {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s stream=%v", e, stream), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, provider.OpenAICompatible)
				body := prompt(e, fullTurn, stream)
				plain, direct, err := call(t, h.direct+"/"+e, realKey, body)
				if err != nil {
					t.Fatal(err)
				}
				res, got, err := call(t, h.url+"/"+e, processKey, body)
				if err != nil || got != direct || res.Header.Get("Content-Type") != plain.Header.Get("Content-Type") {
					t.Fatalf("through the gateway: %v\n%s\ndirectly:\n%s", err, got, direct)
				}
				checkCall(t, h, e, stream, want[e])
				if up := h.model.Requests()[1]; string(up.Body) != body {
					t.Errorf("the provider got another body: %s", up.Body)
				}
			})
		}
	}
}

func checkCall(t *testing.T, h *house, endpoint string, stream bool, want usage.Counts) {
	t.Helper()
	c := h.recorded(t)
	if total := h.model.Totals(); total != want.Add(want) {
		t.Fatalf("the model sent %+v twice, want %+v", total, want)
	}
	if c.First == nil || c.Last == nil || c.First.Before(c.Started) || c.Last.Before(*c.First) {
		t.Errorf("times: %v %v %v", c.Started, c.First, c.Last)
	}
	c.Started, c.First, c.Last = c.Started.UTC().AddDate(-c.Started.Year(), 0, 0), nil, nil
	response := string(c.Response)
	for _, part := range []string{`"text":"hello there \u003cb\u003e"`, `"reasoning":"let me think"`, `"name":"bash","arguments":"{\"command\":\"ls\"}"`, `"name":"read","arguments":"{}"`} {
		if !strings.Contains(response, part) {
			t.Errorf("the kept answer lacks %s: %s", part, response)
		}
	}
	started, sent := c.Started, int64(len(prompt(endpoint, fullTurn, stream)))
	if c.Guess.Input != (sent+3)/4 || c.Guess.Output == 0 {
		t.Errorf("of %d bytes sent the guess is %+v", sent, c.Guess)
	}
	c.Response, c.Messages, c.Guess = nil, nil, usage.Guess{}
	if diff := cmp.Diff(gateway.Call{Tenant: "t1", Call: usage.Call{ID: "c1", Session: "s1", Attempt: 2, AgentSession: "ses_1", Provider: "acme",
		Model: "scripted", ModelNamed: "scripted", Endpoint: endpoint, Stream: stream, Status: 200, Counts: want, Cost: prices.Cost(want), Started: started}}, c); diff != "" {
		t.Error(diff)
	}
}

func TestHeadersAndKeys(t *testing.T) {
	t.Parallel()
	for kind, header := range map[provider.Kind]string{provider.OpenAICompatible: "Authorization", provider.OpenRouter: "Authorization", provider.OpenAI: "Authorization", provider.Anthropic: "X-Api-Key"} {
		h := newHouse(t, kind)
		req := request(deadline(t), h.url+"/messages?beta=true", "", prompt("messages", "hi", false))
		req.Header.Del("Authorization")
		req.Header.Set("X-Api-Key", processKey)
		req.Header.Set("X-Smuggled", "see "+processKey)
		req.Header.Set("X-Session-Affinity", "ses_1")
		req.Header.Set("Connection", "X-Hop")
		req.Header.Set("X-Hop", "1")
		res, err := http.DefaultClient.Do(req)
		if err != nil || res.StatusCode != 200 {
			t.Fatal(kind, err, res.StatusCode)
		}
		res.Body.Close()
		up := h.model.Requests()[0]
		if !strings.Contains(up.Header.Get(header), realKey) || up.Header.Get("X-Custom") != "kept" || up.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("%s: the provider got %v", kind, up.Header)
		}
		for name, values := range up.Header {
			if strings.HasPrefix(name, "X-Session") || name == "X-Parent-Session-Id" || name == "X-Hop" || strings.Contains(strings.Join(values, ""), processKey) {
				t.Errorf("%s: the provider saw %s: %v", kind, name, values)
			}
		}
		if version := up.Header.Get("Anthropic-Version"); (kind == provider.Anthropic) != (version != "") {
			t.Errorf("%s: Anthropic-Version %q", kind, version)
		}
		if a := h.asks[0]; a.AgentSession != "ses_1" || a.ParentAgentSession != "ses_0" || a.Provider != "acme" || a.Model != "scripted" || a.PromptBytes == 0 {
			t.Errorf("asked as %+v", a)
		}
	}
}

// What the model says is there while it still thinks.
func TestStreamIsFlushed(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints {
		h := newHouse(t, provider.OpenAICompatible)
		res, err := http.DefaultClient.Do(request(deadline(t), h.url+"/"+e, processKey, prompt(e, `SCRIPT:[{"text":"half","gate":"g","gate_at":"text"}]`, true)))
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(res.Body)
		for line := ""; !strings.Contains(line, "half"); {
			if line, err = in.ReadString('\n'); err != nil {
				t.Fatalf("%s: %v", e, err)
			}
		}
		h.model.Open("g")
		if _, err := io.Copy(io.Discard, in); err != nil {
			t.Error(err)
		}
		res.Body.Close()
		if c := h.recorded(t); c.Estimated || c.Counts.Total() != 1050 {
			t.Errorf("%s: %+v", e, c.Counts)
		}
	}
}

// A conversation's items are the same bytes in each call, so that a store keeps each once.
func TestMessagesAreAddressable(t *testing.T) {
	t.Parallel()
	h := newHouse(t, provider.OpenAICompatible)
	first := `{"model":"scripted", "tools":[ {"a" : 1} ],"messages":[{"role":"system","content":"You are a title generator"}, {"role": "user","content":"hi"}]}`
	second := `{"model":"scripted","tools":[{"a":1}],"messages":[{"role":"system","content":"You are a title generator"},{"role":"user","content":"hi"},{"role":"assistant","content":"ok"}]}`
	call(t, h.url+"/chat/completions", processKey, first)
	call(t, h.url+"/chat/completions", processKey, second)
	a, b := h.recorded(t), h.recorded(t)
	if len(a.Messages) != 3 || len(b.Messages) != 4 || !slices.EqualFunc(a.Messages, b.Messages[:3], func(x, y []byte) bool { return string(x) == string(y) }) {
		t.Errorf("%s\n%s", a.Messages, b.Messages)
	}
	if string(a.Messages[0]) != `{"model":"scripted","tools":[{"a":1}]}` || !a.Title {
		t.Errorf("settings %s, title %v", a.Messages[0], a.Title)
	}
	call(t, h.url+"/responses", processKey, `{"model":"scripted","input":"plain words"}`)
	if c := h.recorded(t); len(c.Messages) != 2 || string(c.Messages[1]) != `"plain words"` {
		t.Errorf("%s", c.Messages)
	}
}

// A line of 10 MB goes through whole, and the meter still finds the usage behind it.
func TestHugeLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t, provider.OpenAICompatible)
	text := strings.Repeat("x", 10<<20)
	res, got, err := call(t, h.url+"/chat/completions", processKey, prompt("chat/completions", `SCRIPT:[{"text":"`+text+`"}]`, true))
	if err != nil || res.StatusCode != 200 || !strings.Contains(got, text) {
		t.Fatalf("%v: %d bytes came", err, len(got))
	}
	if c := h.recorded(t); c.Estimated || c.Counts.Total() != 1050 || !strings.Contains(string(c.Response), `"truncated":true`) || len(c.Response) > 5<<20 {
		t.Errorf("%+v, %d bytes kept", c.Counts, len(c.Response))
	}
}
