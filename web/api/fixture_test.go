package api_test

import (
	"context"
	"database/sql"
	"net/http"
	"testing"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	apimodels "github.com/industrial-orchestrator/orchestrator/web/api/models"
	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

type items[T any] struct{ Items []T }

var newProvider = map[string]any{"name": "scripted", "kind": "openai_compatible", "base_url": "http://127.0.0.1:1/v1", "api_key": "sk-secret",
	"models": []any{map[string]any{"id": "family/small:1.5", "context": 100_000, "output": 8_000, "price_input": 3_000_000, "price_output": 15_000_000,
		"price_cache_read": 300_000, "price_cache_write": 3_750_000}}}

var newRepository = map[string]any{"name": "site", "path": "/srv/site", "check_commands": []string{"go test ./..."}}

// job is what a session is made of; more overrides it.
func job(more map[string]any) map[string]any {
	body := map[string]any{"title": "Port the ledger", "initial_prompt": "Say what you see.", "model_identifier": "scripted/family/small:1.5"}
	for k, v := range more {
		body[k] = v
	}
	return body
}

// equip gives the client's team a provider and a repository.
func (c *client) equip(t *testing.T) (p apimodels.Provider, r apirepos.Repository) {
	t.Helper()
	p = as[apimodels.Provider](t, c.post("/model-providers", newProvider).want(t, http.StatusCreated))
	return p, as[apirepos.Repository](t, c.post("/repositories", newRepository).want(t, http.StatusCreated))
}

func (c *client) create(t *testing.T, more map[string]any) sessionJSON {
	t.Helper()
	return as[sessionJSON](t, c.post("/sessions", job(more)).want(t, http.StatusCreated))
}

// sessionJSON is a session as another program reads it.
type sessionJSON struct {
	ID, Title, Status, Branch, Priority string
	StatusReason                        *apiwork.Reason `json:"status_reason"`
	Queue                               *apiwork.Queue
	Attempt                             int
	Tokens                              apiwork.Tokens
	CostMicroUSD                        int64  `json:"cost_microusd"`
	CreatedAt                           string `json:"created_at"`
	LastSeq                             int64  `json:"last_seq"`
}

// raw changes the database behind the server's back: what no verb does yet, or what a broken disk might.
func (w *world) raw(t *testing.T, statement string, args ...any) {
	t.Helper()
	d, err := sql.Open("sqlite", w.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	r, err := d.Exec(statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%s changed %d rows, %v", statement, n, err)
	}
}

// claim takes the next queued session as the dispatcher does.
func (w *world) claim(t *testing.T) appwork.Lease {
	t.Helper()
	var claimed []dbwork.Claimed
	now := time.Now().UTC()
	err := w.db.System(context.Background(), func(s *dbkernel.System) (err error) {
		claimed, err = dbwork.Across(s).Claim(context.Background(), dbwork.ClaimSpec{Owner: "test", Until: now.Add(time.Hour), Now: now, HostRoom: 10, Limit: 1})
		return err
	})
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claim: %v, %v", claimed, err)
	}
	c := claimed[0]
	w.app.Work.RingSession(c.Tenant.ID, c.Session.ID)
	return appwork.Lease{Tenant: c.Tenant.ID, Session: c.Session.ID, Attempt: c.Session.Attempt, Token: c.Lease}
}

// says records a finished text of the agent.
func (w *world) says(t *testing.T, l appwork.Lease, key, text string) {
	t.Helper()
	e := event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{MessageID: "msg_" + key, PartID: "prt_" + key, Text: text})
	e.SourceKey = key
	if err := w.app.Work.Record(context.Background(), l, session.Batch{Events: []event.Event{e}}); err != nil {
		t.Fatal(err)
	}
}

// asks records a permission the agent waits for.
func (w *world) asks(t *testing.T, l appwork.Lease, key, command string) {
	t.Helper()
	err := w.app.Work.Record(context.Background(), l, session.Batch{Asks: []session.Ask{{SourceID: "per_" + key, Kind: session.Approval,
		Permission: "bash", Patterns: []string{command}, Always: []string{command}}}})
	if err != nil {
		t.Fatal(err)
	}
}

// questions records a question the agent waits for.
func (w *world) questions(t *testing.T, l appwork.Lease, key string) {
	t.Helper()
	err := w.app.Work.Record(context.Background(), l, session.Batch{Asks: []session.Ask{{SourceID: "que_" + key, Kind: session.Question,
		Questions: []byte(`[{"question":"Which database?","header":"Database","options":[{"label":"SQLite","description":"one file"}]}]`)}}})
	if err != nil {
		t.Fatal(err)
	}
}
