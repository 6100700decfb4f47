package forge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	adapters "github.com/industrial-orchestrator/orchestrator/internal/forge"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

const (
	token = "s3cr3t-token"
	head  = "1111111111111111111111111111111111111111"
	merge = "2222222222222222222222222222222222222222"
)

// answer is what a server sends for one request.
type answer struct {
	status int
	body   string
	header map[string]string
}

// server answers requests of "METHOD path" from a script: each answer once, the last one for ever.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	script map[string][]answer
	sent   []sent
}

type sent struct {
	line, auth string
	body       map[string]any
}

func serve(t *testing.T, script map[string][]answer) *server {
	t.Helper()
	s := &server{script: maps.Clone(script)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := sent{line: r.Method + " " + r.URL.RequestURI(), auth: r.Header.Get("Authorization") + r.Header.Get("PRIVATE-TOKEN")}
	if data, _ := io.ReadAll(r.Body); len(data) > 0 {
		_ = json.Unmarshal(data, &got.body)
	}
	s.sent = append(s.sent, got)
	all := s.script[got.line]
	if len(all) == 0 {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"message":"Not Found"}`)
		return
	}
	if len(all) > 1 {
		s.script[got.line] = all[1:]
	}
	for name, v := range all[0].header {
		w.Header().Set(name, v)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(all[0].status)
	_, _ = io.WriteString(w, all[0].body)
}

func (s *server) lines() (lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.sent {
		lines = append(lines, r.line)
	}
	return lines
}

func (s *server) last() sent { s.mu.Lock(); defer s.mu.Unlock(); return s.sent[len(s.sent)-1] }

// settings of each kind for a server. All have their project below the same API path.
func settings(k forge.Kind, base string) forge.Settings {
	return forge.Settings{Kind: k, API: base + "/api/v3", Project: "acme/billing"}
}

func connect(t *testing.T, s forge.Settings, o adapters.Options) forge.Port {
	t.Helper()
	if o.Client == nil {
		o.Client = &http.Client{Transport: http.DefaultTransport}
	}
	if o.Wait == nil {
		o.Wait = func(context.Context, time.Duration) error { return nil }
	}
	p, err := adapters.New(o).Connect(s, token)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// openLine is the request that opens a pull request.
var openLine = map[forge.Kind]string{
	forge.GitHub: "POST /api/v3/repos/acme/billing/pulls",
	forge.GitLab: "POST /api/v3/projects/acme%2Fbilling/merge_requests",
	forge.Gitea:  "POST /api/v3/repos/acme/billing/pulls",
}

var wanted = forge.New{Base: "main", Branch: "fix/total", Title: "Fix the total", Body: "It was off by one.", Marker: "m1"}

func TestHostileAnswersOfAllForges(t *testing.T) {
	t.Parallel()
	large := `{"title":"` + strings.Repeat("x", 5<<20) + `"}`
	for name, c := range map[string]struct {
		answer answer
		reason forge.Reason
		text   string
	}{
		"a page instead of JSON":   {answer{status: 200, body: "<html>hello</html>"}, forge.Broken, "the answer is not the JSON of this API"},
		"nothing":                  {answer{status: 201, body: `null`}, forge.Broken, "the answer has no pull request"},
		"a number of nothing":      {answer{status: 201, body: `{"number":-1,"iid":0}`}, forge.Broken, "the answer has no pull request"},
		"JSON of another shape":    {answer{status: 201, body: `[1]`}, forge.Broken, "the answer is not the JSON of this API"},
		"too large":                {answer{status: 201, body: large}, forge.Broken, "the answer is larger than 4 MiB"},
		"too large an error":       {answer{status: 500, body: large}, forge.Broken, ""},
		"a page as an error":       {answer{status: 502, body: "<html>bad gateway</html>"}, forge.Broken, ""},
		"a redirect":               {answer{status: 307, header: map[string]string{"Location": "https://elsewhere.example/api"}}, forge.Redirected, "https://elsewhere.example/api"},
		"the token in an error":    {answer{status: 401, body: `{"message":"bad token ` + token + `"}`}, forge.BadToken, "bad token ***"},
		"control characters":       {answer{status: 403, body: `{"message":"no\u001b[31m\u202e red\r\nline"}`}, forge.Forbidden, "no[31m red line"},
		"a long message":           {answer{status: 403, body: `{"message":"` + strings.Repeat("no ", 1000) + `"}`}, forge.Forbidden, strings.Repeat("no ", 99) + "…"},
		"too many requests":        {answer{status: 429, body: `{"message":"slow down"}`, header: map[string]string{"Retry-After": "30"}}, forge.Limited, "slow down"},
		"a limit that is no limit": {answer{status: 429, body: `{"message":"slow down"}`, header: map[string]string{"Retry-After": "99999999999999999999"}}, forge.Limited, "slow down"},
	} {
		for _, k := range forge.Kinds {
			t.Run(name+"/"+string(k), func(t *testing.T) {
				t.Parallel()
				s := serve(t, map[string][]answer{openLine[k]: {c.answer}})
				_, err := connect(t, settings(k, s.URL), adapters.Options{}).Open(t.Context(), wanted)
				var r *forge.Refusal
				if !errors.As(err, &r) || r.Reason != c.reason || c.text != "" && r.Text != c.text || r.RetryAfter > time.Hour {
					t.Fatalf("%#v, want %s %q", err, c.reason, c.text)
				}
				if lines := s.lines(); len(lines) != 1 {
					t.Errorf("an open was sent %d times: %v", len(lines), lines)
				}
			})
		}
	}
}

func TestNullIsNoAnswerAndNoPanic(t *testing.T) {
	t.Parallel()
	for _, k := range forge.Kinds {
		for _, body := range []string{"null", "{}", `[null]`, `{"check_runs":[null],"statuses":[null],"requested_reviewers":[null],"reviewers":[null],"permissions":null,"protection":null}`} {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
			p := connect(t, settings(k, s.URL), adapters.Options{})
			one := forge.PullRequest{Number: 7, Head: head}
			_, _ = p.Access(t.Context())
			_, _ = p.Protection(t.Context(), "main")
			_, _ = p.Find(t.Context(), wanted)
			_, _ = p.Checks(t.Context(), one)
			_ = p.Merge(t.Context(), forge.MergeRequest{Number: 7, Head: head})
			_ = p.MarkReady(t.Context(), one)
			if _, err := p.Read(t.Context(), 7); err == nil {
				t.Errorf("%s: %s is no pull request", k, body)
			}
			s.Close()
		}
	}
}

func TestARedirectDoesNotCarryTheTokenToAnotherHost(t *testing.T) {
	t.Parallel()
	for _, k := range forge.Kinds {
		elsewhere := serve(t, nil)
		for _, status := range []int{301, 302, 307, 308} {
			line := map[forge.Kind]string{forge.GitHub: "GET /api/v3/repos/acme/billing/pulls/7", forge.GitLab: "GET /api/v3/projects/acme%2Fbilling/merge_requests/7", forge.Gitea: "GET /api/v3/repos/acme/billing/pulls/7"}[k]
			s := serve(t, map[string][]answer{line: {{status: status, header: map[string]string{"Location": elsewhere.URL + "/stolen"}}}})
			if _, err := connect(t, settings(k, s.URL), adapters.Options{}).Read(t.Context(), 7); forge.ReasonOf(err) != forge.Redirected {
				t.Errorf("%s, %d: %v", k, status, err)
			}
		}
		if lines := elsewhere.lines(); len(lines) > 0 {
			t.Errorf("%s followed a redirect: %v", k, lines)
		}
	}
}

func TestAnOpenWithoutAnAnswerIsUncertainAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, k := range forge.Kinds {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			requests := 0
			s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				mu.Lock()
				requests++
				mu.Unlock()
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}))
			defer s.Close()
			_, err := connect(t, settings(k, s.URL), adapters.Options{Timeout: 50 * time.Millisecond}).Open(t.Context(), wanted)
			if forge.ReasonOf(err) != forge.TimedOut || !forge.IsUncertain(err) {
				t.Errorf("%v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if requests != 1 {
				t.Errorf("%d requests", requests)
			}
		})
	}
}

func TestWithoutAConnectionNothingWasDone(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	private := httptest.NewTLSServer(http.NotFoundHandler())
	defer private.Close()
	refusing := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, fault.New(fault.Forbidden, "The address 10.0.0.1:443 is private.")
	})}
	for _, k := range forge.Kinds {
		for name, c := range map[string]struct {
			client *http.Client
			url    string
			text   string
		}{
			"nobody listens":              {nil, gone.URL, "connection refused"},
			"a certificate of its own":    {nil, private.URL, "unknown authority"},
			"an address that is not open": {refusing, "https://forge.example", "The address 10.0.0.1:443 is private."},
		} {
			_, err := connect(t, settings(k, c.url), adapters.Options{Client: c.client}).Open(t.Context(), wanted)
			var r *forge.Refusal
			if !errors.As(err, &r) || r.Reason != forge.Unreachable || forge.IsUncertain(err) || !strings.Contains(r.Text, c.text) {
				t.Errorf("%s, %s: %v", k, name, err)
			}
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestACallerWhoLeftIsNoRefusal(t *testing.T) {
	t.Parallel()
	for _, k := range forge.Kinds {
		left := errors.New("the caller left")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(left)
		if _, err := connect(t, settings(k, "https://forge.example"), adapters.Options{}).Read(ctx, 1); !errors.Is(err, left) {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func TestGitHubAnswersAreAskedForOnlyIfTheyChanged(t *testing.T) {
	t.Parallel()
	const line = "GET /api/v3/repos/acme/billing/pulls/7"
	tag := map[string]string{"ETag": `"v1"`}
	s := serve(t, map[string][]answer{line: {{status: 200, body: `{"number":7,"state":"open","title":"one"}`, header: tag}, {status: 304}, {status: 304}, {status: 200, body: `{"number":7,"state":"closed"}`}}})
	all := adapters.New(adapters.Options{Client: &http.Client{Transport: http.DefaultTransport}})
	read := func(token string) forge.PullRequest {
		t.Helper()
		p, err := all.Connect(settings(forge.GitHub, s.URL), token)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Read(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if first, second := read(token), read(token); first.Title != "one" || second.Title != "one" {
		t.Errorf("%+v, %+v", first, second)
	}
	if _, err := mustConnect(t, all, s.URL, "another token").Read(t.Context(), 7); err == nil {
		t.Error("another token received the answer that was kept")
	}
	if last := read(token); last.State != forge.Closed {
		t.Errorf("%+v", last)
	}
}

func mustConnect(t *testing.T, all *adapters.Forges, url, token string) forge.Port {
	t.Helper()
	p, err := all.Connect(settings(forge.GitHub, url), token)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAMergeIsTriedAgainOnlyWhileTheForgeComputes(t *testing.T) {
	t.Parallel()
	const project, line = "GET /api/v3/repos/acme/billing", "POST /api/v3/repos/acme/billing/pulls/7/merge"
	later := answer{status: 405, body: `{"message":"Please try again later"}`}
	for name, c := range map[string]struct {
		answers []answer
		reason  forge.Reason
		tries   int
	}{
		"at once":       {[]answer{{status: 200}}, "", 1},
		"after a while": {[]answer{later, later, {status: 200}}, "", 3},
		"never":         {[]answer{later}, forge.Later, 11},
		"another":       {[]answer{later, {status: 405, body: `{"message":"Not all required status checks successful"}`}}, forge.NeedsChecks, 2},
	} {
		s := serve(t, map[string][]answer{project: {{status: 200, body: `{}`}}, line: c.answers})
		err := connect(t, settings(forge.Gitea, s.URL), adapters.Options{}).Merge(t.Context(), forge.MergeRequest{Number: 7, Head: head})
		tries := len(slices.DeleteFunc(s.lines(), func(l string) bool { return l != line }))
		if forge.ReasonOf(err) != c.reason || tries != c.tries || c.reason == "" && err != nil {
			t.Errorf("%s: %v after %d tries", name, err, tries)
		}
	}
}
