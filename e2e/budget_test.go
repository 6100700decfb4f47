package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// budgetJSON is the part of the API's budget that these tests read.
type budgetJSON struct {
	Tokens struct {
		Limit, Left          *int64
		Used, Reserved, Over int64
	} `json:"tokens"`
	ToldAt *string `json:"told_at"`
}

func (m *team) budget() (b budgetJSON) {
	m.w.t.Helper()
	m.get("/budget", &b)
	return b
}

// greedy is a turn whose first call reports more than the budget of a million tokens.
var greedy = map[string]int{"prompt": 1_000_100, "completion": 50}

func TestBudgetRunsOutInTheMiddle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	w.command("", "tenant", "quota", "--tenant", "acme", "--max-tokens-per-month", "1,000,000")
	// The usage fits into the model's context, so that there is no compaction.
	m.post("/model-providers", map[string]any{"name": "wide", "kind": "openai_compatible", "base_url": w.modelURL, "api_key": modelKey,
		"models": []any{map[string]any{"id": "scripted", "context": 4_000_000, "output": 8192}}}, nil)
	byHand := m.run("Paused by hand", turns("Wait.", map[string]any{"text": "one two three", "gate": "hand", "gate_at": "text"}), nil)
	m.reached("hand")
	m.act(byHand, "pause")
	m.becomes(byHand, 15*time.Second, "paused")
	inFlight := m.run("In flight when it runs out", turns("Talk.", map[string]any{"text": "four five six", "gate": "flight", "gate_at": "text"}), nil)
	m.reached("flight")
	id := m.run("Spends everything", turns("Write.",
		map[string]any{"text": "First. ", "usage": greedy, "tools": tool("write", map[string]any{"filePath": "first.txt", "content": "first\n"})},
		map[string]any{"text": "Second, and done."}), map[string]any{"model_identifier": "wide/scripted"})

	s := m.becomes(id, 60*time.Second, "paused", "failed", "completed")
	if s.Status != "paused" || !strings.HasPrefix(s.reason(), "budget_exhausted: ") || !strings.Contains(s.reason(), "of 1,000,000 tokens this month") {
		t.Fatalf("it is %s: %s\n%s", s.Status, s.reason(), m.types(id))
	}
	w.model.Open("flight") // the call in progress continues to its end
	if m.becomes(inFlight, 60*time.Second, "completed", "paused", "failed"); !m.says(inFlight, "four five six") {
		t.Errorf("the call in flight was cut:\n%s", m.types(inFlight))
	}
	m.startsAreRefused()
	b := m.budget()
	if b.Tokens.Over == 0 || *b.Tokens.Left != 0 || b.ToldAt == nil {
		t.Errorf("the budget is %+v", b)
	}
	m.grant(5_000_000)
	if s := m.becomes(id, 60*time.Second, "completed", "failed"); s.Status != "completed" || !m.says(id, "Second, and done.") {
		t.Fatalf("it is %s: %s\n%s", s.Status, s.reason(), m.types(id))
	}
	if n := m.ran(id, "write"); n != 1 {
		t.Errorf("the file was written %d times:\n%s", n, m.types(id))
	}
	if s := m.session(byHand); s.Status != "paused" {
		t.Errorf("the one that was paused by hand is %s", s.Status)
	}
}

// The budget is used up when OpenCode is about to compact the conversation. OpenCode does so when there is budget again.
func TestBudgetRunsOutBeforeACompaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	w.command("", "tenant", "quota", "--tenant", "acme", "--max-tokens-per-month", "1,000,000")
	id := m.run("Spends everything", turns("Write.",
		map[string]any{"text": "First. ", "usage": greedy, "tools": tool("write", map[string]any{"filePath": "first.txt", "content": "first\n"})}), nil)
	m.becomes(id, 60*time.Second, "paused")
	m.startsAreRefused()
	m.grant(5_000_000)
	if s := m.becomes(id, 60*time.Second, "completed", "failed"); s.Status != "completed" || !strings.Contains(m.types(id), "agent.compaction") {
		t.Fatalf("it is %s: %s\n%s", s.Status, s.reason(), m.types(id))
	}
}

// startsAreRefused checks that a refusal contains all facts, as fields and as text.
func (m *team) startsAreRefused() {
	m.w.t.Helper()
	a := m.ask(http.MethodPost, "/sessions", map[string]any{"title": "One more of them", "initial_prompt": "Go.", "model_identifier": "script/scripted", "start": true})
	var p struct {
		Code, Detail string
		Limit        *struct {
			Name                  string
			Value, Used, Reserved int64
			FreesAt               *time.Time `json:"frees_at"`
			WhoCan                string     `json:"who_can"`
		}
	}
	if err := json.Unmarshal(a.body, &p); err != nil || a.status != http.StatusTooManyRequests || p.Limit == nil || p.Limit.FreesAt == nil {
		m.w.t.Fatalf("a start: %d %s, %v", a.status, a.body, err)
	}
	at, err := time.Parse(http.TimeFormat, a.header.Get("Retry-After"))
	if l := p.Limit; err != nil || !at.Equal(*l.FreesAt) || p.Code != "quota_exceeded" || l.Name != "max_tokens_per_month" || l.Value != 1_000_000 || l.Used < 1_000_000 || l.WhoCan != "admin" {
		m.w.t.Errorf("a start: %s, come back at %v", a.body, at)
	}
	if !strings.HasPrefix(p.Detail, "Not started: ") || !strings.Contains(p.Detail, " over the limit") {
		m.w.t.Errorf("it says %q", p.Detail)
	}
}

// grant lets the lead request a limit and the operator approve it.
func (m *team) grant(tokens int64) {
	m.w.t.Helper()
	var r struct{ ID, Status string }
	m.post("/budget/requests", map[string]any{"tokens": tokens, "reason": "The release is due."}, &r)
	if list := m.w.command("", "budget", "list"); !strings.Contains(list, r.ID) || !strings.Contains(list, "The release is due.") {
		m.w.t.Fatalf("the operator's list says %q", list)
	}
	m.w.command("", "budget", "grant", "--tenant", m.slug, "--note", "Until spring.", "--request", r.ID)
}

// ran counts how often a tool call was completed.
func (m *team) ran(id, tool string) (n int) {
	m.w.t.Helper()
	for _, e := range m.events(id) {
		var d struct{ Tool, Status string }
		if e.Type == "agent.tool" && json.Unmarshal(e.Data, &d) == nil && d.Tool == tool && d.Status == "completed" {
			n++
		}
	}
	return n
}

// TestKilledBetweenReservingAndSettling: the reserved amount of the lost call is charged once, nothing stays reserved, and the usage of
// the month is the usage of its session.
func TestKilledBetweenReservingAndSettling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Killed in a model call", turns("Talk.", map[string]any{"text": "one two three", "gate": "talk", "gate_at": "text"}), nil)
	m.reached("talk")
	held := m.budget().Tokens.Reserved
	if held == 0 {
		t.Fatal("a call under way reserves nothing")
	}
	w.kill()
	w.start()
	w.until("the lost call is charged", 30*time.Second, func() bool { return m.budget().Tokens.Used >= held })
	w.model.Open("talk")
	m.endsWell(id)
	w.until("everything is settled", 30*time.Second, func() bool { return m.budget().Tokens.Reserved == 0 })
	s, b := m.session(id), m.budget()
	if sum := s.Tokens.Input + s.Tokens.Output + s.Tokens.Reasoning + s.Tokens.CacheWrite + s.Tokens.CacheRead/10; b.Tokens.Used != sum || sum < held {
		t.Errorf("the month has used %d, its session %d: %+v", b.Tokens.Used, sum, s.Tokens)
	}
}
