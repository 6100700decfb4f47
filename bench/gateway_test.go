package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

// modelKey is what the scripted model asks for.
const modelKey = "sk-bench"

// questions is how often a model is asked each way.
const questions = 300

// BenchmarkGateway asks a model that answers at once, directly and through the gateway with its budget and its meter, in one piece
// and as a stream: how much later the first byte and the whole answer are there, and how many calls a second go through.
func BenchmarkGateway(b *testing.B) {
	model := scriptmodel.New(scriptmodel.Options{Key: modelKey})
	direct, stop, err := model.Listen("127.0.0.1:0")
	check(b, err)
	b.Cleanup(stop)
	onBoth(b, direct, func(b *testing.B, t *till) {
		through := t.gateway()
		for b.Loop() {
			for _, stream := range []bool{false, true} {
				compare(b, map[bool]string{false: "plain", true: "streamed"}[stream], question(stream), line{direct, modelKey}, line{through, t.key})
			}
		}
	})
}

// line is where a model is asked, with which key.
type line struct{ url, key string }

func compare(b *testing.B, how string, body []byte, direct, through line) {
	b.Helper()
	var first, whole [2]times
	for range questions { // in turn, so that both see the same machine
		for i, l := range []line{direct, through} {
			f, w := l.ask(b, body)
			first[i], whole[i] = append(first[i], f), append(whole[i], w)
		}
	}
	for name, t := range map[string][2]times{"first byte": first, "whole answer": whole} {
		report(b, how+", "+name+" later p50", millis(t[1].at(50)-t[0].at(50)), "ms")
		report(b, how+", "+name+" later p99", millis(t[1].at(99)-t[0].at(99)), "ms")
	}
	report(b, how+" directly, 16 at once", byMany(16, questions, func() { direct.ask(b, body) }), "calls per second")
	report(b, how+" through us, 16 at once", byMany(16, questions, func() { through.ask(b, body) }), "calls per second")
}

// question asks for an answer of some hundred words.
func question(stream bool) []byte {
	b, _ := json.Marshal(map[string]any{"model": "scripted", "stream": stream, "max_tokens": 500,
		"messages": []any{map[string]any{"role": "user", "content": `SCRIPT:[{"text":"some words of an answer ","repeat":50}]`}}})
	return b
}

// keptOpen are as many connections as ask at once.
var keptOpen = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute}

func (l line) ask(b *testing.B, body []byte) (first, whole time.Duration) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, l.url+"/chat/completions", bytes.NewReader(body))
	check(b, err)
	req.Header.Set("Authorization", "Bearer "+l.key)
	req.Header.Set("X-Session-Id", conversation)
	begun := time.Now()
	res, err := keptOpen.Do(req)
	check(b, err)
	defer func() { _ = res.Body.Close() }()
	if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil || res.StatusCode != http.StatusOK {
		check(b, fmt.Errorf("the model answers %d: %w", res.StatusCode, err))
	}
	first = time.Since(begun)
	_, err = io.Copy(io.Discard, res.Body)
	check(b, err)
	return first, time.Since(begun)
}

// gateway serves the real gateway before the till.
func (t *till) gateway() (url string) {
	t.b.Helper()
	s, err := gateway.Listen("127.0.0.1:0", gateway.New(gateway.Options{Backend: t, Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Log: quiet}))
	check(t.b, err)
	t.b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		check(t.b, s.Close(ctx))
	})
	return s.URL + "/p/script/v1"
}
