package scriptmodel_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

func start(t *testing.T, o scriptmodel.Options) (*scriptmodel.Server, string) {
	t.Helper()
	s := scriptmodel.New(o)
	url, stop, err := s.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return s, url
}

func chatBody(stream bool, messages ...string) string {
	var all []any
	for i, m := range messages {
		all = append(all, map[string]any{"role": []string{"user", "assistant"}[i%2], "content": m})
	}
	b, _ := json.Marshal(map[string]any{"model": "scripted", "stream": stream, "messages": all})
	return string(b)
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func post(t *testing.T, url, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(deadline(t), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Session-Id", "ses_1")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil && err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	return res, string(b)
}

func content(t *testing.T, body string) string {
	t.Helper()
	var a struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || len(a.Choices) != 1 {
		t.Fatalf("no answer in %q: %v", body, err)
	}
	return a.Choices[0].Message.Content
}

func TestTurns(t *testing.T) {
	t.Parallel()
	_, url := start(t, scriptmodel.Options{})
	script := `Do. SCRIPT:[{"text":"one"},{"text":"two"}] and more`
	for name, c := range map[string]struct {
		body, want string
	}{
		"no script":    {chatBody(false, "hello"), "ok: hello"},
		"first turn":   {chatBody(false, script), "one"},
		"second turn":  {chatBody(false, script, "one"), "two"},
		"past the end": {chatBody(false, script, "one", "", "two"), "(script ended)"},
		"later prompt": {chatBody(false, script, "one", "thanks"), "ok: thanks"},
		"later script": {chatBody(false, script, "one", `SCRIPT:[{"text":"new"}]`), "new"},
		"title":        {`{"messages":[{"role":"system","content":"You are a title generator."},{"role":"user","content":"x"}]}`, "Scripted session title"},
		"parts":        {`{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`, "ok: hi"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, body := post(t, url+"/chat/completions", c.body); content(t, body) != c.want {
				t.Errorf("answer %q, want %q", content(t, body), c.want)
			}
		})
	}
	if res, _ := post(t, url+"/chat/completions", chatBody(false, "SCRIPT:[{")); res.StatusCode != 400 {
		t.Errorf("a broken script answers %d, want 400", res.StatusCode)
	}
}

// Each protocol counts the turns of its own kind of history.
func TestTurnsOfOtherProtocols(t *testing.T) {
	t.Parallel()
	_, url := start(t, scriptmodel.Options{})
	script := `SCRIPT:[{\"tools\":[{\"name\":\"a\"},{\"name\":\"b\"}]},{\"text\":\"second\"}]`
	for path, body := range map[string]string{
		"/responses": `{"input":[{"role":"user","content":[{"type":"input_text","text":"` + script + `"}]},
			{"type":"reasoning"},{"type":"function_call"},{"type":"function_call"},{"type":"function_call_output"},{"type":"function_call_output"}]}`,
		"/messages": `{"messages":[{"role":"user","content":"` + script + `"},{"role":"assistant","content":[{"type":"tool_use"}]},
			{"role":"user","content":[{"type":"tool_result","content":"x"}]}]}`,
	} {
		if _, got := post(t, url+path, body); !strings.Contains(got, `"second"`) {
			t.Errorf("%s does not play the second turn: %s", path, got)
		}
	}
}

func TestUsageSentIsRecorded(t *testing.T) {
	t.Parallel()
	u := `"usage":{"prompt":3000,"completion":100,"cached":1000,"reasoning":30,"cache_write":200,"cache_write_long":50}`
	prompt := `SCRIPT:[{"text":"hello there","reasoning":"think","tools":[{"name":"bash","args":{"command":"ls"}}],` + u + `}]`
	for path, want := range map[string]usage.Counts{
		"/chat/completions": {Input: 1750, Output: 70, Reasoning: 30, CacheRead: 1000, CacheWriteShort: 250},
		"/responses":        {Input: 2000, Output: 70, Reasoning: 30, CacheRead: 1000},
		"/messages":         {Input: 1750, Output: 100, CacheRead: 1000, CacheWriteShort: 200, CacheWriteLong: 50},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprint(path, stream), func(t *testing.T) {
				t.Parallel()
				s, url := start(t, scriptmodel.Options{})
				body := strings.Replace(chatBody(stream, prompt), `"messages"`, map[bool]string{true: `"input"`, false: `"messages"`}[path == "/responses"], 1)
				_, first := post(t, url+path, body)
				_, second := post(t, url+path, body)
				if first != second || !strings.Contains(first, "bash") {
					t.Errorf("the same request got different answers or no call:\n%s\n%s", first, second)
				}
				if diff := cmp.Diff(want.Add(want), s.Totals()); diff != "" {
					t.Error(diff)
				}
				if s.SessionTotals("ses_1") != s.Totals() || s.SessionTotals("ses_2") != (usage.Counts{}) {
					t.Error("totals by session are wrong")
				}
			})
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, url := start(t, scriptmodel.Options{Log: &log})
	body := chatBody(true, `SCRIPT:[{"status":429,"fail_times":2,"headers":{"Retry-After":"1"},"text":"at last"}]`)
	for i, want := range []int{429, 429, 200} {
		if res, _ := post(t, url+"/chat/completions", body); res.StatusCode != want || res.Header.Get("Retry-After") != "1" {
			t.Errorf("call %d: status %d, want %d; Retry-After %q", i, res.StatusCode, want, res.Header.Get("Retry-After"))
		}
	}
	if _, got := post(t, url+"/chat/completions", chatBody(true, `SCRIPT:[{"text":"a b c","cut":true}]`)); strings.Contains(got, "DONE") || !strings.Contains(got, "c") {
		t.Errorf("not cut after the text: %s", got)
	}
	if res, got := post(t, url+"/chat/completions", chatBody(true, `SCRIPT:[{"status":400,"body":"{\"a\":1}"}]`)); res.StatusCode != 400 || got != `{"a":1}` {
		t.Errorf("scripted body: %d %q", res.StatusCode, got)
	}
	if got := s.Requests(); len(got) != 5 || got[0].Status != 429 || got[3].Sent != (usage.Counts{}) {
		t.Errorf("recorded %+v", got)
	}
	if n := strings.Count(log.String(), "\n"); n != 5 {
		t.Errorf("%d lines of log, want 5", n)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	_, url := start(t, scriptmodel.Options{Key: "sk-real"})
	for header, want := range map[string]int{"": 401, "Bearer sk-wrong": 401, "Bearer sk-real": 200} {
		req, _ := http.NewRequest(http.MethodPost, url+"/messages", strings.NewReader(chatBody(false, "hi")))
		req.Header.Set("Authorization", header)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("key %q: %d, want %d", header, res.StatusCode, want)
		}
	}
}

func TestGateHoldsTheMiddleOfTheText(t *testing.T) {
	t.Parallel()
	s, url := start(t, scriptmodel.Options{})
	req, _ := http.NewRequestWithContext(deadline(t), http.MethodPost, url+"/chat/completions",
		strings.NewReader(chatBody(true, `SCRIPT:[{"text":"half","gate":"mid","gate_at":"text"}]`)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewScanner(res.Body)
	for in.Scan() && !strings.Contains(in.Text(), "half") {
	}
	<-s.Reached("mid")
	base := strings.TrimSuffix(url, "/v1")
	if got, err := http.Get(base + "/gate/mid"); err != nil || got.StatusCode != 204 {
		t.Errorf("the gate is not told as reached: %v %v", got, err)
	}
	post(t, base+"/gate/mid/open", "")
	rest, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(rest), "[DONE]") {
		t.Errorf("the opened gate did not let the end through: %v %s", err, rest)
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	t.Parallel()
	s, url := start(t, scriptmodel.Options{})
	ctx, cancel := context.WithCancel(deadline(t))
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, url+"/messages", strings.NewReader(chatBody(true, `SCRIPT:[{"text":"x","hang":true}]`)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cancel()
	if err := s.Await(deadline(t), 1); err != nil {
		t.Fatal(err)
	}
	if got := s.Totals(); got != (usage.Counts{Input: 800, CacheRead: 200, Output: 1}) {
		t.Errorf("only message_start was sent, recorded %+v", got)
	}
}
