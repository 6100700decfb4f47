package gateway

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// readRequest reads a request as the gateway does.
func readRequest(e *endpoint, body string, headers ...string) (*query, error) {
	r := httptest.NewRequest("POST", "/p/acme/v1/"+e.name, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer key")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return e.read(httptest.NewRecorder(), r)
}

// No spelling of a request keeps the provider from seeing the limit.
func TestNothingSlipsPastTheLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		endpoint   int
		kind       provider.Kind
		body, want string
	}{
		"null":           {0, provider.OpenAICompatible, `{"model":"a","max_tokens":null}`, `{"model":"a","max_tokens":100}`},
		"null, spaces":   {0, provider.OpenAICompatible, `{"model":"a","max_tokens": null }`, `{"model":"a","max_tokens": 100 }`},
		"null, claude":   {2, provider.Anthropic, `{"model":"a","max_tokens":null}`, `{"model":"a","max_tokens":100}`},
		"null, newer":    {1, provider.OpenAI, `{"max_output_tokens":null,"model":"a"}`, `{"max_output_tokens":100,"model":"a"}`},
		"both null":      {0, provider.OpenAI, `{"model":"a","max_tokens":null,"max_completion_tokens":null}`, `{"model":"a","max_tokens":null,"max_completion_tokens":100}`},
		"one null":       {0, provider.OpenAI, `{"model":"a","max_tokens":null,"max_completion_tokens":500}`, `{"model":"a","max_tokens":null,"max_completion_tokens":100}`},
		"n is null":      {0, provider.OpenAICompatible, `{"model":"a","n":null,"max_tokens":500}`, `{"model":"a","n":null,"max_tokens":100}`},
		"four answers":   {0, provider.OpenAICompatible, `{"model":"a","n":4.0,"max_tokens":500}`, `{"model":"a","n":4.0,"max_tokens":25}`},
		"below zero":     {0, provider.OpenAICompatible, `{"model":"a","max_tokens":-1}`, `{"model":"a","max_tokens":100}`},
		"with a decimal": {0, provider.OpenAICompatible, `{"model":"a","max_tokens":100.5}`, `{"model":"a","max_tokens":100}`},
	} {
		q, err := readRequest(endpoints[c.endpoint], c.body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := string(q.limited(100, c.kind)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A limit that is no count of tokens is none, whatever stands beside it: a provider may obey either field.
func TestAnOddLimitBesideAnotherIsNoLimit(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{"-1", "0.0", "9e18", "1e308", "0.5", "9223372036854775807", "-9223372036854775808"} {
		for _, body := range []string{`{"model":"a","max_tokens":10,"max_completion_tokens":` + odd + `}`, `{"model":"a","max_completion_tokens":` + odd + `,"max_tokens":10}`,
			`{"model":"a","max_tokens":` + odd + `,"max_completion_tokens":10}`} {
			q, err := readRequest(endpoints[0], body)
			if err != nil {
				t.Errorf("%s: %v", body, err)
				continue
			}
			if q.ask.MaxTokens != 0 || strings.Contains(string(q.limited(100, provider.OpenAICompatible)), `:`+odd) {
				t.Errorf("%s: asks for %d and becomes %s", body, q.ask.MaxTokens, q.limited(100, provider.OpenAICompatible))
			}
		}
	}
}

func TestOddLimitsAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		endpoint    int
		body, words string
	}{
		{0, `{"model":"a","n":"50"}`, "n"}, {0, `{"model":"a","n":[50]}`, "n"}, {0, `{"model":"a","n":true}`, "n"}, {0, `{"model":"a","n":0}`, "n"},
		{0, `{"model":"a","n":-3}`, "n"}, {0, `{"model":"a","n":1e9}`, "n"}, {0, `{"model":"a","n":2.5}`, "n"}, {0, `{"model":"a","n":129}`, "n"},
		{0, `{"model":"a","max_tokens":"50"}`, "max_tokens"}, {0, `{"model":"a","max_completion_tokens":{}}`, "max_completion_tokens"},
		{1, `{"model":"a","max_output_tokens":"9"}`, "max_output_tokens"}, {2, `{"model":"a","max_tokens":false}`, "max_tokens"},
		{0, `{"model":"a","max_tokens":5,"MAX_TOKENS":900000}`, "MAX_TOKENS"}, {0, `{"model":"a","N":50}`, `"N"`}, {0, `{"model":"a","\u017ftream":true}`, "stream"},
	} {
		if _, err := readRequest(endpoints[c.endpoint], c.body); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.body, err)
		}
	}
}

func nested(depth int) string {
	return `{"model":"a","messages":` + strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth) + `}`
}

func TestDepthIsBounded(t *testing.T) {
	t.Parallel()
	if _, err := readRequest(endpoints[0], nested(maxDepth-1)); err != nil {
		t.Error(err)
	}
	for _, depth := range []int{maxDepth, 5000, 10_000_000} {
		started := time.Now()
		if _, err := readRequest(endpoints[0], nested(depth)); err == nil || !strings.Contains(err.Error(), "200") {
			t.Errorf("depth %d: %v", depth, err)
		}
		t.Log(depth, time.Since(started))
	}
	if _, err := readRequest(endpoints[0], `{"model":"a","x":"`+strings.Repeat(`[`, 1000)+`","y":"\"[[[`+strings.Repeat(`{`, 1000)+`"}`); err != nil {
		t.Errorf("brackets in a string count: %v", err)
	}
}

// Each byte of a request is looked at a fixed number of times, however deep it lies.
func TestCanonicalReadsEachByteOnce(t *testing.T) {
	t.Parallel()
	deep := func(depth int) []byte {
		return []byte(strings.Repeat(`{"a":[`, depth) + `"` + strings.Repeat("x", 1<<20) + `"` + strings.Repeat(`]}`, depth))
	}
	flat := testing.Benchmark(func(b *testing.B) { bench(b, deep(1)) })
	far := testing.Benchmark(func(b *testing.B) { bench(b, deep(90)) })
	if far.NsPerOp() > 10*flat.NsPerOp() {
		t.Errorf("one level %v, 90 levels %v", flat, far)
	}
}

func bench(b *testing.B, raw []byte) {
	var dst []byte
	for b.Loop() {
		dst = canonical(dst[:0], raw)
	}
	if !bytes.Equal(dst, raw) {
		b.Fatal("other bytes")
	}
}

func TestSessionIDsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("s", maxSessionID+1)
	for _, header := range []string{"X-Session-Id", "X-Opencode-Session", "X-Parent-Session-Id"} {
		if _, err := readRequest(endpoints[0], `{"model":"a"}`, header, long); err == nil || !strings.Contains(err.Error(), header) {
			t.Errorf("%s: %v", header, err)
		}
		if _, err := readRequest(endpoints[0], `{"model":"a"}`, header, long[:maxSessionID]); err != nil {
			t.Errorf("%s of the longest length: %v", header, err)
		}
	}
}
