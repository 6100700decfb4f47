package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// team is a tenant with a lead, the lead's token, a provider and a repository.
type team struct {
	w                *world
	slug, token, rep string
}

// Prices in micro-dollars per million tokens. All are different, so that mixed-up token counts are noticed.
var price = usage.Price{Input: 3_000_000, Output: 15_000_000, CacheRead: 300_000, CacheWrite: 3_750_000}

const password = "a long enough password"

// newTeam creates a tenant with everything that a session needs, like an operator and a program of the lead.
func (w *world) newTeam(slug string, quota int) *team {
	w.t.Helper()
	email := slug + "@example.org"
	w.command("", "tenant", "create", "--slug", slug, "--name", "Team "+slug, "--max-concurrent-sessions", fmt.Sprint(quota))
	w.command("", "tenant", "quota", "--tenant", slug, "--max-requests-per-minute", "1000000")
	w.command(password+"\n", "user", "create", "--email", email, "--name", "Lead of "+slug, "--password-stdin")
	w.command("", "member", "add", "--tenant", slug, "--email", email, "--role", "lead")
	m := &team{w: w, slug: slug, token: w.command("", "token", "create", "--email", email, "--tenant", slug, "--name", "e2e")}
	_, err := m.client().CreateProvider(w.t.Context(), client.NewProvider{Name: "script", Kind: "openai_compatible", BaseURL: w.modelURL, APIKey: modelKey, Models: []client.Model{
		{ID: "scripted", Context: 128000, Output: 8192, PriceInput: price.Input, PriceOutput: price.Output, PriceCacheRead: price.CacheRead, PriceCacheWrite: price.CacheWrite}}})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := m.client().CreateRepository(w.t.Context(), client.NewRepository{Name: "main", Path: w.dir + "/git/main", DefaultBranch: "main", CheckCommands: []string{"sh test.sh"}})
	if err != nil {
		w.t.Fatal(err)
	}
	m.rep = r.ID
	w.until("the repository of "+slug+" is cloned", 30*time.Second, func() bool {
		list, err := m.client().Repositories(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		return slices.ContainsFunc(list, func(r client.Repository) bool { return r.ID == m.rep && r.Status == "ready" })
	})
	return m
}

// client calls the API of the world's current server.
func (m *team) client() *client.Client {
	m.w.t.Helper()
	c, err := client.New(m.w.url, m.token)
	if err != nil {
		m.w.t.Fatal(err)
	}
	return c
}

// sessionJSON is a session as these tests read it.
type sessionJSON struct{ client.Session }

func (s sessionJSON) reason() string {
	if s.StatusReason == nil {
		return ""
	}
	return s.StatusReason.Code + ": " + s.StatusReason.Message
}

// run creates a session and starts it.
func (m *team) run(title, prompt string, more map[string]any) string {
	m.w.t.Helper()
	body := map[string]any{"title": title, "initial_prompt": prompt, "model_identifier": "script/scripted", "repository_id": m.rep, "start": true}
	for k, v := range more {
		body[k] = v
	}
	var s sessionJSON
	m.post("/sessions", body, &s)
	return s.ID
}

func (m *team) session(id string) (s sessionJSON) {
	m.w.t.Helper()
	read, err := m.client().Session(context.Background(), id)
	if err != nil {
		m.w.t.Fatal(err)
	}
	return sessionJSON{read}
}

// becomes waits until a session has one of the given statuses.
func (m *team) becomes(id string, within time.Duration, statuses ...string) (s sessionJSON) {
	m.w.t.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if s = m.session(id); slices.Contains(statuses, s.Status) {
			return s
		}
		if time.Now().After(deadline) {
			m.w.t.Fatalf("session %s is %s (%s) after %s, not %s\n%s", id, s.Status, s.reason(), within, strings.Join(statuses, " or "), m.types(id))
		}
		<-tick.C
	}
}

// eventJSON is one numbered event.
type eventJSON = client.Event

// events returns all events of a session so far, and checks that they are numbered without gaps.
func (m *team) events(id string) (all []eventJSON) {
	m.w.t.Helper()
	for {
		page, err := m.client().Events(context.Background(), id, int64(len(all)))
		if err != nil {
			m.w.t.Fatal(err)
		}
		for _, e := range page.Items {
			if all = append(all, e); e.Seq != int64(len(all)) {
				m.w.t.Fatalf("event %d of session %s has the number %d", len(all), id, e.Seq)
			}
		}
		if len(page.Items) == 0 || int64(len(all)) >= page.LastSeq {
			return all
		}
	}
}

func (m *team) types(id string) string {
	var list []string
	for _, e := range m.events(id) {
		list = append(list, fmt.Sprintf("%d %s %.200s", e.Seq, e.Type, e.Data))
	}
	return strings.Join(list, "\n")
}

// askJSON is an approval or a question that waits for an answer.
type askJSON = client.Ask

// asked waits for an approval request of the agent and returns it.
func (m *team) asked(id string) askJSON {
	m.w.t.Helper()
	var list []askJSON
	m.w.until("session "+id+" asks", 60*time.Second, func() bool {
		var err error
		if list, err = m.client().Asks(context.Background(), id); err != nil {
			m.w.t.Fatal(err)
		}
		if s := m.session(id); s.Status == "failed" {
			m.w.t.Fatalf("session failed: %s", s.reason())
		}
		return len(list) > 0
	})
	if len(list) != 1 {
		m.w.t.Fatalf("%d asks wait: %+v", len(list), list)
	}
	return list[0]
}

func (m *team) reply(id string, a askJSON, reply string) {
	m.w.t.Helper()
	if err := m.client().AnswerAsk(context.Background(), id, a.ID, client.Reply{Reply: reply}); err != nil {
		m.w.t.Fatal(err)
	}
}

func (m *team) act(id, verb string) {
	m.w.t.Helper()
	if _, err := m.client().MoveSession(context.Background(), id, client.Move(verb)); err != nil {
		m.w.t.Fatal(err)
	}
}

func (m *team) get(path string, into any) {
	m.w.t.Helper()
	m.want(http.MethodGet, path, nil, into)
}

func (m *team) post(path string, body, into any) {
	m.w.t.Helper()
	m.want(http.MethodPost, path, body, into)
}

func (m *team) want(method, path string, body, into any) {
	m.w.t.Helper()
	a := m.ask(method, path, body)
	if a.status/100 != 2 {
		m.w.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	if into == nil {
		return
	}
	if text, ok := into.(*string); ok {
		*text = string(a.body)
		return
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		m.w.t.Fatalf("%s %s: %v in %s", method, path, err, a.body)
	}
}

// answer is a complete response of the API.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (m *team) ask(method, path string, body any) answer {
	m.w.t.Helper()
	res, err := m.client().Do(context.Background(), method, path, body)
	if err != nil {
		m.w.t.Fatal(err)
	}
	return answer{res.Status, res.Header, res.Body}
}

// request is for what reads a response by itself, such as the stream of a test that checks its lines.

func (m *team) request(method, path string, body any) *http.Request {
	m.w.t.Helper()
	var text io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			m.w.t.Fatal(err)
		}
		text = bytes.NewReader(b)
	}
	base, err := url.Parse(m.w.url + "/api/v1" + path)
	if err != nil {
		m.w.t.Fatal(err)
	}
	req, err := http.NewRequest(method, base.String(), text)
	if err != nil {
		m.w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+m.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// patient is a client with a timeout, for requests that are not streams.
var patient = &http.Client{Timeout: 120 * time.Second}

func ask(t *testing.T, req *http.Request) answer {
	t.Helper()
	res, err := patient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, b}
}
