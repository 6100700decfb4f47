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
		"chat":            {provider.OpenAICompatible, url + "/", realKey, true, 200, "reports the model scripted."},
		"openai":          {provider.OpenAI, url, realKey, true, 200, "Connected"},
		"claude":          {provider.Anthropic, url, realKey, true, 200, "Connected"},
		"wrong key":       {provider.OpenAICompatible, url, "sk-wrong", false, 401, "rejected the API key (401). Its message: Incorrect API key"},
		"wrong path":      {provider.OpenAICompatible, url + "/x", realKey, false, 404, "did not find this URL"},
		"a web page":      {provider.OpenAICompatible, fixed(200, "<html>"), realKey, false, 200, "not like a model provider"},
		"error in a 200":  {provider.OpenAICompatible, fixed(200, `{"error":{"message":"No."},"choices":[]}`), realKey, false, 200, "Its message: No."},
		"redirect":        {provider.OpenAICompatible, fixed(302, ""), realKey, false, 302, "not followed"},
		"no credit":       {provider.OpenRouter, fixed(402, `{"error":"Pay first"}`), realKey, false, 402, "no credit left (402). Its message: Pay first."},
		"busy":            {provider.OpenAICompatible, fixed(429, "{}"), realKey, false, 429, "rate limit (429)"},
		"broken":          {provider.OpenAICompatible, fixed(503, ""), realKey, false, 503, "returned an error (503)"},
		"refused":         {provider.OpenAICompatible, fixed(400, `{"error":{"message":"bad `+realKey+`"}}`), realKey, false, 400, "Its message: bad [key]."},
		"nobody listens":  {provider.OpenAICompatible, dead.URL, realKey, false, 0, "Cannot connect to the provider: connection refused."},
		"not even a host": {provider.OpenAICompatible, "http://[", realKey, false, 0, "Cannot connect"},
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
