package opencode

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// admitting is the gateway's backend for an odd provider: everybody may call it, except the model "spent".
type admitting struct{ url string }

func (a admitting) Admit(_ context.Context, ask gateway.Ask) (gateway.Grant, error) {
	if ask.Model == "spent" {
		return gateway.Grant{}, fault.New(fault.Exhausted, "The team's tokens of this month are used up.")
	}
	return gateway.Grant{BaseURL: a.url, Kind: provider.OpenAICompatible}, nil
}

func (admitting) Record(context.Context, gateway.Call) error { return nil }

// odd is a provider whose model's name says what it does. It counts its calls by model.
type odd struct {
	calls map[string]*atomic.Int64
	turns map[string]oddTurn
}

type oddTurn struct {
	status  int
	kind    string
	body    string
	headers map[string]string
}

func (o *odd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body strings.Builder
	buf := make([]byte, 1<<20)
	for {
		n, err := r.Body.Read(buf)
		body.Write(buf[:n])
		if err != nil {
			break
		}
	}
	for name, turn := range o.turns {
		if !strings.Contains(body.String(), fmt.Sprintf("%q", "model")+":"+fmt.Sprintf("%q", name)) {
			continue
		}
		o.calls[name].Add(1)
		for k, v := range turn.headers {
			w.Header().Set(k, v)
		}
		w.Header().Set("Content-Type", turn.kind)
		if turn.status != 0 {
			w.WriteHeader(turn.status)
		}
		_, _ = w.Write([]byte(turn.body))
		return
	}
	w.WriteHeader(http.StatusTeapot)
}

const events = "text/event-stream"

func chunkOf(s string) string { return "data: " + s + "\n\n" }

// TestOddProvidersThroughTheGateway plays turns at the real OpenCode with providers that break the rules. Each turn ends, soon, with a
// sentence that says what is wrong.
func TestOddProvidersThroughTheGateway(t *testing.T) {
	t.Parallel()
	half := chunkOf(`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"An answer."}}]}`)
	end := func(reason string) string {
		return chunkOf(`{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"`+reason+`"}],"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}}`) + chunkOf("[DONE]")
	}
	claude := func(last string) string {
		var b strings.Builder
		for _, e := range []string{`{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"a","content":[],"stop_reason":null,"usage":{"input_tokens":10,"output_tokens":1}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"An answer."}}`,
			`{"type":"content_block_stop","index":0}`, last, `{"type":"message_stop"}`} {
			kind, _, _ := strings.Cut(strings.TrimPrefix(e, `{"type":"`), `"`)
			b.WriteString("event: " + kind + "\n" + chunkOf(e))
		}
		return b.String()
	}
	newer := chunkOf(`{"type":"response.created","response":{"id":"r","created_at":1,"model":"a"}}`) +
		chunkOf(`{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"i"}}`) +
		chunkOf(`{"type":"response.output_text.delta","item_id":"i","delta":"An answer."}`) + chunkOf(`{"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"i"}}`)
	done := session.ReasonCode("")
	soon := time.Now().Add(5 * time.Hour)
	table := map[string]struct {
		turn  oddTurn
		code  session.ReasonCode
		words string
		raw   string
		most  int64
		// via is the slug of the provider, which says which protocol OpenCode speaks.
		via string
	}{
		"custom":  {oddTurn{kind: events, body: half + end("end_turn_custom")}, done, "", "", 2, "odd"},
		"r402":    {oddTurn{status: 402, kind: "application/json", body: `{"error":{"message":"Insufficient credits","code":402}}`}, session.ModelAccount, "has no credit", "Insufficient credits", 2, "odd"},
		"quota":   {oddTurn{status: 429, kind: "application/json", body: `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","code":"insufficient_quota"}}`}, session.ModelAccount, "has no credit", "billing details", 2, "odd"},
		"hours":   {oddTurn{status: 429, kind: "application/json", body: `{"error":{"message":"5000 requests: rate limit, try again later"}}`, headers: map[string]string{"Retry-After": "18000"}}, session.ModelRateLimited, "accepts no requests until 2", "5000 requests", 2, "odd"},
		"r403":    {oddTurn{status: 403, kind: "application/json", body: `{"error":{"message":"Country not supported"}}`}, session.ModelForbidden, "does not allow this request (403). Country not supported.", "", 2, "odd"},
		"r404":    {oddTurn{status: 404, kind: "application/json", body: "{\"error\":{\"message\":\"The model `r404` does not exist\"}}"}, session.InvalidConfig, "has no such model (404). The model `r404` does not exist.", "", 2, "odd"},
		"path":    {oddTurn{status: 404, kind: "text/html", body: "<html>404 page not found</html>"}, session.InvalidConfig, "There is no model provider at the base URL", "", 2, "odd"},
		"noid":    {oddTurn{kind: events, body: chunkOf(`{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"type":"function","function":{"name":"bash","arguments":"{}"}}]}}]}`) + end("tool_calls")}, session.ModelProtocol, "a tool call has no ID", `"tool_calls"`, 2, "odd"},
		"list":    {oddTurn{kind: events, body: half + chunkOf(`{"id":"c","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"list"}]}}]}`) + end("stop")}, session.ModelProtocol, "its content is a list", `"list"`, 2, "odd"},
		"strings": {oddTurn{kind: events, body: half + chunkOf(`{"id":"c","choices":[],"usage":{"prompt_tokens":"many","completion_tokens":[]}}`) + end("stop")}, session.ModelProtocol, "a field has another type", "Type validation", 2, "odd"},
		"spent":   {oddTurn{}, session.BudgetExhausted, "The team's tokens of this month are used up.", "", 0, "odd"},
		"err200":  {oddTurn{kind: events, body: half + chunkOf(`{"error":{"message":"Overloaded upstream","type":"server_error","code":529}}`)}, session.ModelUnavailable, "reported an error: Overloaded upstream.", "529", 8, "odd"},
		"nodone":  {oddTurn{kind: events, body: half + chunkOf("[DONE]")}, session.ModelUnavailable, "without a finish reason", "An answer.", 8, "odd"},
		"page":    {oddTurn{kind: "text/html", body: "<html>Please sign in</html>"}, session.ModelUnavailable, "a web page instead of a completion", "Please sign in", 8, "odd"},
		"claude":  {oddTurn{kind: events, body: claude(`{"type":"message_delta","delta":{"stop_reason":"weird","stop_sequence":null},"usage":{"output_tokens":4}}`)}, done, "", "", 2, "claude"},
		"cnull":   {oddTurn{kind: events, body: claude(`{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":4}}`)}, session.ModelUnavailable, "without a finish reason", "An answer.", 8, "claude"},
		"cspent":  {oddTurn{kind: events, body: strings.Split(claude(""), "event: content_block_stop")[0] + "event: error\ndata: " + `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low."}}` + "\n\n"}, session.ModelAccount, "has no credit", "balance", 2, "claude"},
		"newer":   {oddTurn{kind: events, body: newer + chunkOf(`{"type":"response.incomplete","response":{"incomplete_details":{"reason":"odd"},"usage":{"input_tokens":1,"output_tokens":1}}}`)}, session.AgentError, "output limit", "", 2, "newer"},
		"nshort":  {oddTurn{kind: events, body: newer}, session.ModelUnavailable, "without a finish reason", "An answer.", 8, "newer"},
		"nfailed": {oddTurn{kind: events, body: newer + chunkOf(`{"type":"response.failed","response":{"error":{"code":"insufficient_quota","message":"Nothing left"}}}`)}, session.ModelAccount, "has no credit", "Nothing left", 2, "newer"},
	}
	o := &odd{calls: map[string]*atomic.Int64{}, turns: map[string]oddTurn{}}
	models := map[string][]Model{}
	for name, c := range table {
		o.calls[name], o.turns[name] = &atomic.Int64{}, c.turn
		models[c.via] = append(models[c.via], Model{ID: name, Context: 128_000, Output: 8_192})
	}
	up := httptest.NewServer(o)
	t.Cleanup(up.Close)
	gate := httptest.NewServer(gateway.New(gateway.Options{Backend: admitting{up.URL}, Transport: http.DefaultTransport}))
	t.Cleanup(gate.Close)
	h := ownRunner(t, func(opts *Options) {
		opts.Config = func(context.Context, tenant.ID) (TeamConfig, error) {
			var all []Provider
			for slug, npm := range map[string]string{"odd": "@ai-sdk/openai-compatible", "claude": "@ai-sdk/anthropic", "newer": "@ai-sdk/openai"} {
				all = append(all, Provider{Slug: slug, NPM: npm, BaseURL: gate.URL + "/p/odd/v1", Models: models[slug]})
			}
			slices.SortFunc(all, func(a, b Provider) int { return strings.Compare(a.Slug, b.Slug) })
			return TeamConfig{Providers: all}, nil
		}
	})
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, h, "hello")
			d.job.Model = c.via + "/" + name
			ends := runner.Failed
			if c.code == done {
				ends = runner.Done
			}
			out := d.start(t).end(t, ends)
			if out.Reason.Code != c.code || !strings.Contains(out.Reason.Message, c.words) {
				t.Errorf("the reason is %+v, want %s: …%s", out.Reason, c.code, c.words)
			}
			if name == "hours" != (out.Reason.RetryAt.Sub(soon).Abs() < 10*time.Minute) {
				t.Errorf("again at %v", out.Reason.RetryAt)
			}
			if n := o.calls[name].Load(); n > c.most {
				t.Errorf("it was called %d times", n)
			}
			for _, e := range kinds[event.Error](d, event.AgentError) {
				if !strings.Contains(e.Raw, c.raw) || strings.Contains(e.Message, "{") {
					t.Errorf("the error is %+v", e)
				}
			}
		})
	}
}
