package gateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

func TestTestConnection(t *testing.T) {
	t.Parallel()
	model := scriptmodel.New(scriptmodel.Options{Key: realKey})
	url, stop, err := model.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	fixed := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://169.254.169.254/")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	for name, c := range map[string]struct {
		kind      provider.Kind
		base, key string
		ok        bool
		status    int
		words     string
	}{
		"chat":            {provider.OpenAICompatible, url + "/", realKey, true, 200, "calls the model scripted."},
		"openai":          {provider.OpenAI, url, realKey, true, 200, "answers"},
		"claude":          {provider.Anthropic, url, realKey, true, 200, "answers"},
		"wrong key":       {provider.OpenAICompatible, url, "sk-wrong", false, 401, "refuses the key (401). It says: Incorrect API key"},
		"wrong path":      {provider.OpenAICompatible, url + "/x", realKey, false, 404, "no such address"},
		"a web page":      {provider.OpenAICompatible, fixed(200, "<html>"), realKey, false, 200, "not as a model provider"},
		"error in a 200":  {provider.OpenAICompatible, fixed(200, `{"error":{"message":"No."},"choices":[]}`), realKey, false, 200, "It says: No."},
		"redirect":        {provider.OpenAICompatible, fixed(302, ""), realKey, false, 302, "not followed"},
		"no credit":       {provider.OpenRouter, fixed(402, `{"error":"Pay first"}`), realKey, false, 402, "no credit (402). It says: Pay first."},
		"busy":            {provider.OpenAICompatible, fixed(429, "{}"), realKey, false, 429, "no capacity"},
		"broken":          {provider.OpenAICompatible, fixed(503, ""), realKey, false, 503, "failure of its own (503)"},
		"refused":         {provider.OpenAICompatible, fixed(400, `{"error":{"message":"bad `+realKey+`"}}`), realKey, false, 400, "It says: bad [key]."},
		"nobody listens":  {provider.OpenAICompatible, dead.URL, realKey, false, 0, "cannot be reached: connection refused."},
		"not even a host": {provider.OpenAICompatible, "http://[", realKey, false, 0, "cannot be reached"},
	} {
		got := gateway.TestConnection(context.Background(), http.DefaultClient, c.kind, c.base, c.key, "scripted")
		if got.OK != c.ok || got.Status != c.status || !strings.Contains(got.Message, c.words) || got.Model != "scripted" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := gateway.TestConnection(context.Background(), netguard.New(nil).Client(), provider.OpenAI, url, realKey, "scripted"); got.OK || !strings.Contains(got.Message, "--allow-net") {
		t.Errorf("closed address: %+v", got)
	}
}
