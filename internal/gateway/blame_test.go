package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
)

// refusing is a house whose provider refuses every call.
func refusing(t *testing.T, status int, body string, headers ...string) *house {
	t.Helper()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(up.Close)
	h := newHouse(t, provider.OpenAICompatible)
	h.grant.BaseURL = up.URL
	return h
}

func TestWhoseFaultARefusalIs(t *testing.T) {
	t.Parallel()
	soon := time.Now().Add(5 * time.Hour).UTC()
	const quota = `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}}`
	const limit = `{"error":{"message":"You exceeded your 5-hour usage quota of 5000 requests: too many requests"}}`
	for name, c := range map[string]struct {
		status  int
		body    string
		header  []string
		want    int
		failure provider.Failure
	}{
		"no credit":        {402, `{"error":{"message":"Insufficient credits","code":402}}`, nil, 402, provider.FailureAccount},
		"spent quota":      {429, quota, nil, 402, provider.FailureAccount},
		"low balance":      {400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}`, nil, 402, provider.FailureAccount},
		"five hours":       {429, limit, []string{"Retry-After", "18000"}, 402, provider.FailureWait},
		"in milliseconds":  {429, limit, []string{"Retry-After-Ms", "18000000"}, 402, provider.FailureWait},
		"until a date":     {429, limit, []string{"Retry-After", soon.Format(http.TimeFormat)}, 402, provider.FailureWait},
		"closed for hours": {503, limit, []string{"Retry-After", "18000"}, 402, provider.FailureWait},
		"for ever":         {429, limit, []string{"Retry-After", "1e300"}, 402, provider.FailureWait},
		"a minute":         {429, limit, []string{"Retry-After", "60"}, 429, ""},
		"odd":              {429, limit, []string{"Retry-After", "NaN"}, 429, ""},
		"no time":          {429, limit, nil, 429, ""},
		"another refusal":  {403, `{"error":{"message":"Country not supported"}}`, []string{"Retry-After", "18000"}, 403, ""},
		"it plays us":      {402, `{}`, []string{provider.FailureHeader, string(fault.Exhausted), provider.RetryAtHeader, "2030-01-01T00:00:00Z"}, 402, provider.FailureAccount},
		"it plays us, 400": {400, `{}`, []string{provider.FailureHeader, string(fault.Exhausted)}, 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := refusing(t, c.status, c.body, c.header...)
			res, got, err := call(t, h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", true))
			if err != nil || res.StatusCode != c.want || res.Header.Get(provider.FailureHeader) != string(c.failure) {
				t.Fatalf("%d %v %s\n%v", res.StatusCode, err, got, res.Header)
			}
			if c.failure != "" && (strings.Contains(got, "quota of") || provider.Unfold(res.Header.Get(provider.RawHeader)) != c.body || res.Header.Get("Retry-After") != "") {
				t.Errorf("%s\n%v", got, res.Header)
			}
			at, err := time.Parse(time.RFC3339, res.Header.Get(provider.RetryAtHeader))
			if waits := c.failure == provider.FailureWait; waits != (err == nil) || waits && name != "for ever" && at.Sub(soon).Abs() > time.Minute {
				t.Errorf("again at %v (%v)", at, err)
			}
			if r := h.recorded(t); r.Status != c.status || r.Counts != (usage.Counts{}) || r.Error == "" {
				t.Errorf("recorded %+v", r.Call)
			}
		})
	}
}

// What the gateway refuses by itself says so.
func TestOwnRefusalsAreMarked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, provider.OpenAI)
	for _, err := range []error{fault.New(fault.Exhausted, "The team's tokens of this month are used up."), fault.New(fault.Forbidden, "No."), fault.New(fault.NotFound, "No.")} {
		h.refuse = err
		if res, _, _ := call(t, h.url+"/responses", processKey, prompt("responses", "hi", true)); res.Header.Get(provider.FailureHeader) != string(fault.KindOf(err)) {
			t.Errorf("%v: %v", err, res.Header)
		}
	}
}

// A key of a few letters is in every text, so it is no secret; a longer one is cut out.
func TestShortKeysAreNoSecret(t *testing.T) {
	t.Parallel()
	const words = "The keeper refuses the key kept-secret-key."
	for key, want := range map[string]string{"e": words, "key": words, "refuses": words, "kept-secret-key": "The keeper refuses the key [key]."} {
		h := refusing(t, 400, `{"error":{"message":"`+words+`"}}`, "X-Echo", words)
		h.grant.APIKey = key
		res, got, _ := call(t, h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", true))
		if !strings.Contains(got, want) || (res.Header.Get("X-Echo") != "") != (want == words) {
			t.Errorf("key %q: %s %v", key, got, res.Header)
		}
		if r := h.recorded(t); r.Error != want {
			t.Errorf("key %q: recorded %q", key, r.Error)
		}
		test := gateway.TestConnection(t.Context(), http.DefaultClient, provider.OpenAICompatible, h.grant.BaseURL, key, "m")
		if !strings.Contains(test.Message, strings.TrimSuffix(want, ".")) {
			t.Errorf("key %q: tested %q", key, test.Message)
		}
	}
}
