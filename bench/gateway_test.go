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

// modelKey is the API key of the scripted model.
const modelKey = "sk-bench"

// questions is the number of calls per variant.
const questions = 300

// BenchmarkGateway calls a model that responds immediately, directly and through the gateway with budget and metering, with and without
// streaming. It measures the delay of the first byte and of the whole response, and the calls per second.
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

// line is the URL and API key of a model.
type line struct{ url, key string }

func compare(b *testing.B, how string, body []byte, direct, through line) {
	b.Helper()
	var first, whole [2]times
	for range questions { // alternately, so that both run under the same load
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

// question is a request for a response of a few hundred words.
func question(stream bool) []byte {
	b, _ := json.Marshal(map[string]any{"model": "scripted", "stream": stream, "max_tokens": 500,
		"messages": []any{map[string]any{"role": "user", "content": `SCRIPT:[{"text":"some words of an answer ","repeat":50}]`}}})
	return b
}

// keptOpen reuses as many connections as there are concurrent calls.
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

// gateway serves the real gateway with the till as its backend.
func (t *till) gateway() (url string) {
	t.b.Helper()
	s, err := gateway.Listen("127.0.0.1:0", gateway.New(gateway.Options{Backend: t, Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Log: quiet}), nil)
	check(t.b, err)
	t.b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		check(t.b, s.Close(ctx))
	})
	return s.URL + "/p/script/v1"
}
