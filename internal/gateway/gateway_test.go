package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

const processKey, realKey = "orcp_process", "sk-real-9f8e7d"

var prices = usage.Price{Input: 3_000_000, Output: 15_000_000, CacheRead: 300_000, CacheWrite: 3_750_000}

// ledger is a Backend in memory: it admits what its grant says and keeps every call.
type ledger struct {
	grant  gateway.Grant
	refuse error
	mu     sync.Mutex
	asks   []gateway.Ask
	calls  chan gateway.Call
}

func (l *ledger) Admit(_ context.Context, a gateway.Ask) (gateway.Grant, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asks = append(l.asks, a)
	if l.refuse == nil && a.Key != processKey {
		return gateway.Grant{}, fault.New(fault.Unauthenticated, "This key is not known.")
	}
	return l.grant, l.refuse
}

func (l *ledger) Record(ctx context.Context, c gateway.Call) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.calls <- c
	return nil
}

// last is the call that was recorded; it must be there already, or come before the deadline where one is waited for.
func (l *ledger) last(t *testing.T) gateway.Call {
	t.Helper()
	select {
	case c := <-l.calls:
		return c
	case <-deadline(t).Done():
		t.Fatal("no call was recorded")
		return gateway.Call{}
	}
}

func (l *ledger) recorded(t *testing.T) gateway.Call {
	t.Helper()
	select {
	case c := <-l.calls:
		return c
	default:
		t.Fatal("the client saw the end before the call was recorded")
		return gateway.Call{}
	}
}

type house struct {
	*ledger
	model  *scriptmodel.Server
	direct string // the model's base URL
	url    string // the gateway's base URL for the provider "acme"
}

func newHouse(t testing.TB, kind provider.Kind) *house {
	t.Helper()
	h := &house{model: scriptmodel.New(scriptmodel.Options{Key: realKey})}
	direct, stop, err := h.model.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	h.direct = direct
	h.ledger = &ledger{calls: make(chan gateway.Call, 10_000), grant: gateway.Grant{Tenant: "t1", Session: "s1", Attempt: 2, CallID: "c1",
		BaseURL: direct, APIKey: realKey, Kind: kind, Price: prices}}
	h.url = serve(t, h.ledger, http.DefaultTransport)
	return h
}

func serve(t testing.TB, b gateway.Backend, via http.RoundTripper) string {
	t.Helper()
	s, err := gateway.Listen("127.0.0.1:0", gateway.New(gateway.Options{Backend: b, Transport: via}), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s.URL + "/p/acme/v1"
}

func deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func request(ctx context.Context, url, key, body string) *http.Request {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		panic(err) // a test's own mistake
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("X-Session-Id", "ses_1")
	req.Header.Set("X-Parent-Session-Id", "ses_0")
	req.Header.Set("X-Custom", "kept")
	return req
}

// call posts body and reads the whole answer; err is that of the reading.
func call(t testing.TB, url, key, body string) (*http.Response, string, error) {
	t.Helper()
	res, err := http.DefaultClient.Do(request(deadline(t), url, key, body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res, string(b), err
}

// prompt is a request body of an endpoint whose one user message is text.
func prompt(endpoint, text string, stream bool) string {
	field := map[bool]string{true: "input", false: "messages"}[endpoint == "responses"]
	b, _ := json.Marshal(map[string]any{"model": "scripted", "stream": stream, field: []any{map[string]any{"role": "user", "content": text}}})
	return string(b)
}

var endpoints = []string{"chat/completions", "responses", "messages"}
