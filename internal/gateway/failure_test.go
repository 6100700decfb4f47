package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

func TestProviderErrorsPass(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints {
		for _, status := range []int{400, 401, 429, 500, 529} {
			t.Run(fmt.Sprint(e, status), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, provider.OpenAICompatible)
				body := prompt(e, fmt.Sprintf(`SCRIPT:[{"status":%d,"headers":{"Retry-After":"7"}}]`, status), true)
				_, direct, _ := call(t, h.direct+"/"+e, realKey, body)
				res, got, err := call(t, h.url+"/"+e, processKey, body)
				if err != nil || res.StatusCode != status || got != direct || res.Header.Get("Retry-After") != "7" {
					t.Errorf("%d %v %q, directly %q", res.StatusCode, err, got, direct)
				}
				c := h.recorded(t)
				if c.Status != status || c.Error != fmt.Sprintf("Scripted failure %d.", status) || c.Counts != (usage.Counts{}) || c.Cost != 0 || c.Estimated {
					t.Errorf("recorded %+v", c.Call)
				}
			})
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h := newHouse(t, provider.OpenAICompatible)
	good := prompt("messages", "hi", false)
	for name, c := range map[string]struct {
		refuse    error
		key, body string
		status    int
		words     string
	}{
		"no key":         {nil, "", good, 401, "bearer token"},
		"wrong key":      {nil, "orcp_other", good, 401, "not known"},
		"no provider":    {fault.Missing("model"), processKey, good, 404, "Model not found"},
		"no budget":      {fault.New(fault.Exhausted, "The team's tokens of this month are used up."), processKey, good, 402, "used up"},
		"bad":            {fault.New(fault.Invalid, "No."), processKey, good, 400, "No."},
		"own failure":    {errors.New("disk full at /secret"), processKey, good, 500, "The gateway encountered an error"},
		"no JSON":        {nil, processKey, "{", 400, "not valid JSON"},
		"no object":      {nil, processKey, "[]", 400, "not a JSON object"},
		"no model":       {nil, processKey, `{"messages":[]}`, 400, "Specify the model"},
		"double field":   {nil, processKey, `{"model":"a","mod\u0065l":"b"}`, 400, "twice"},
		"stream no bool": {nil, processKey, `{"model":"a","stream":1}`, 400, "true or false"},
		"too large":      {nil, processKey, `"` + strings.Repeat("x", 33<<20), 413, "32 MiB"},
	} {
		h.refuse = c.refuse
		for _, e := range endpoints {
			res, got, _ := call(t, h.url+"/"+e, c.key, c.body)
			if res.StatusCode != c.status || !strings.Contains(got, c.words) || strings.Contains(got, "/secret") {
				t.Errorf("%s at %s: %d %s", name, e, res.StatusCode, got)
			}
			if strings.Contains(got, `"type":"error"`) != (e == "messages") {
				t.Errorf("%s at %s has the wrong shape: %s", name, e, got)
			}
		}
	}
	if n := len(h.model.Requests()) + len(h.calls); n != 0 {
		t.Errorf("%d refused calls went on", n)
	}
	if res, _, _ := call(t, h.url+"/embeddings", processKey, good); res.StatusCode != 404 {
		t.Errorf("an unknown endpoint answers %d", res.StatusCode)
	}
}

func TestCutIsSeenAsCut(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints {
		for _, stream := range []bool{true, false} {
			h := newHouse(t, provider.OpenAICompatible)
			body := prompt(e, `SCRIPT:[{"text":"some words of it","cut":true}]`, stream)
			if res, got, err := call(t, h.url+"/"+e, processKey, body); !errors.Is(err, io.ErrUnexpectedEOF) || res.StatusCode != 200 {
				t.Errorf("%s %v: %v %q", e, stream, err, got)
			}
			c := h.last(t)
			if c.Error != "The provider's response was cut off." || !c.Estimated || c.Counts.Input == 0 || stream && c.Counts.Output == 0 {
				t.Errorf("%s %v: %+v", e, stream, c.Call)
			}
			if stream && e == "messages" && c.Counts.Input != 800 {
				t.Errorf("the input that message_start told is lost: %+v", c.Counts)
			}
		}
	}
}

func TestClientGoneEndsTheProvidersWork(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints {
		for _, turn := range []string{`{"text":"some words","hang":true}`, `{"gate":"never"}`} {
			h := newHouse(t, provider.OpenAICompatible)
			ctx, cancel := context.WithCancel(deadline(t))
			body := prompt(e, "SCRIPT:["+turn+"]", true)
			if strings.Contains(turn, "gate") {
				go func() { <-h.model.Reached("never"); cancel() }()
			}
			res, err := http.DefaultClient.Do(request(ctx, h.url+"/"+e, processKey, body))
			if err == nil {
				_, err = io.ReadAtLeast(res.Body, make([]byte, 10), 10)
				cancel()
				res.Body.Close()
			}
			if err := errors.Join(h.model.Await(deadline(t), 1)); err != nil {
				t.Fatalf("the provider still works: %v", err)
			}
			c := h.last(t)
			upper := (int64(len(body)) + 1) / 2
			if e == "messages" && c.Status == 200 {
				upper = 800 // told by message_start
			}
			if !c.Estimated || c.Error != "The agent disconnected before the end of the response." || c.Counts.Input != upper || c.Cost == 0 {
				t.Errorf("%s %s: %+v (%v)", e, turn, c.Call, err)
			}
			cancel()
		}
	}
}

// A provider that shows the key it was given shows it to nobody.
func TestKeyIsNotEchoed(t *testing.T) {
	t.Parallel()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Debug", r.Header.Get("Authorization"))
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(401)
		_, _ = fmt.Fprintf(w, `{"error":{"message":"Incorrect key %s."}}`, r.Header.Get("Authorization"))
	}))
	defer up.Close()
	h := newHouse(t, provider.OpenAI)
	h.grant.BaseURL = up.URL
	res, got, err := call(t, h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", true))
	if err != nil || res.StatusCode != 401 || strings.Contains(got+fmt.Sprint(res.Header), realKey) || !strings.Contains(got, "[key]") || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("%v %v %s", err, res.Header, got)
	}
	if c := h.recorded(t); strings.Contains(c.Error, realKey) || !strings.Contains(c.Error, "Incorrect key") {
		t.Errorf("recorded %q", c.Error)
	}
}

// A completion can contain the key as well, if the provider writes its request into it.
func TestACompletionWithTheKeyIsScrubbed(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints {
		for _, stream := range []bool{false, true} {
			h := newHouse(t, provider.OpenAICompatible)
			_, got, err := call(t, h.url+"/"+e, processKey, prompt(e, `Do it. SCRIPT:[{"text":"`+realKey+`"}]`, stream))
			if err != nil || strings.Contains(got, realKey) || !strings.Contains(got, "[key]") {
				t.Errorf("%s stream=%v: %v %s", e, stream, err, got)
			}
			if c := h.recorded(t); strings.Contains(string(c.Response), realKey) {
				t.Errorf("%s stream=%v: recorded %s", e, stream, c.Response)
			}
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	redirect := httptest.NewServer(http.RedirectHandler("http://169.254.169.254/", http.StatusTemporaryRedirect))
	defer redirect.Close()
	for name, c := range map[string]struct {
		base   string
		via    http.RoundTripper
		status int
		words  string
	}{
		"nothing there": {dead.URL, http.DefaultTransport, 502, "Cannot connect"},
		"redirect":      {redirect.URL, http.DefaultTransport, 424, "not followed"},
		"closed":        {redirect.URL, netguard.New(nil).Transport(), 403, "--allow-net 127.0.0.1/32:"},
	} {
		h := newHouse(t, provider.OpenAI)
		h.grant.BaseURL = c.base
		url := serve(t, h.ledger, c.via)
		res, got, _ := call(t, url+"/chat/completions", processKey, prompt("chat/completions", "hi", true))
		if res.StatusCode != c.status || !strings.Contains(got, c.words) {
			t.Errorf("%s: %d %s", name, res.StatusCode, got)
		}
		if call := h.recorded(t); !strings.Contains(call.Error, c.words) || call.Counts != (usage.Counts{}) || call.Estimated {
			t.Errorf("%s: recorded %+v", name, call.Call)
		}
	}
}

// A gateway that closes cuts what still runs, and the call is recorded by then.
func TestCloseRecordsWhatItCuts(t *testing.T) {
	t.Parallel()
	h := newHouse(t, provider.OpenAI)
	s, err := gateway.Listen("127.0.0.1:0", gateway.New(gateway.Options{Backend: h.ledger, Transport: http.DefaultTransport}), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(request(deadline(t), s.URL+"/p/acme/v1/responses", processKey, prompt("responses", `SCRIPT:[{"text":"x","hang":true}]`, true)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	now, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Close(now); err != nil {
		t.Error(err)
	}
	if c := h.recorded(t); !c.Estimated || c.Counts.Input == 0 {
		t.Errorf("%+v", c.Call)
	}
	if _, err := gateway.Listen("0.0.0.0:0", http.NotFoundHandler(), nil); err == nil {
		t.Error("it listens to everybody")
	}
}

// A client that leaves after the last word has missed nothing: the report is exact.
func TestClientGoneAfterTheEnd(t *testing.T) {
	t.Parallel()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is a gone client noticed
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}\n\ndata: [DONE]\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer up.Close()
	h := newHouse(t, provider.OpenAI)
	h.grant.BaseURL = up.URL
	ctx, cancel := context.WithCancel(deadline(t))
	res, err := http.DefaultClient.Do(request(ctx, h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", true)))
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(res.Body)
	for line := ""; !strings.Contains(line, "DONE"); {
		if line, err = in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	res.Body.Close()
	if c := h.last(t); c.Error != "" || c.Estimated || c.Counts != (usage.Counts{Input: 5, Output: 6}) {
		t.Errorf("%+v", c.Call)
	}
}
