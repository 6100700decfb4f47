package web_test

import (
	"context"
	"testing"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// provider gives a team a model provider, which sessions need.
func (w *world) provider(by tenant.Actor) provider.Provider {
	w.t.Helper()
	p, err := w.app.Models.CreateProvider(context.Background(), by, provider.Provider{Name: "scripted", Kind: provider.OpenAICompatible,
		BaseURL: "http://127.0.0.1:1/v1", Models: []provider.Model{{ID: "small", Context: 100_000, Output: 8_000}}}, "sk-secret")
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) repository(by tenant.Actor) repository.Repository {
	w.t.Helper()
	r, err := w.app.Repos.CreateRepository(context.Background(), by, repository.Repository{Name: "site", Path: "/srv/site", DefaultBranch: "main"}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// session makes a session of a team that has a provider.
func (w *world) session(by tenant.Actor, title string, start bool) session.Session {
	w.t.Helper()
	s, err := w.app.Work.CreateSession(context.Background(), by, session.Session{Title: title, Prompt: "Say what you see.", Model: "scripted/small", Priority: session.Medium}, start)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// claim takes the next queued session as the dispatcher does.
func (w *world) claim() appwork.Lease {
	w.t.Helper()
	var claimed []dbwork.Claimed
	now := time.Now().UTC()
	err := w.db.System(context.Background(), func(s *dbkernel.System) (err error) {
		claimed, err = dbwork.Across(s).Claim(context.Background(), dbwork.ClaimSpec{Owner: "test", Until: now.Add(time.Hour), Now: now, HostRoom: 10, Limit: 1})
		return err
	})
	if err != nil || len(claimed) != 1 {
		w.t.Fatalf("claim: %v, %v", claimed, err)
	}
	c := claimed[0]
	w.app.Work.RingSession(c.Tenant.ID, c.Session.ID)
	return appwork.Lease{Tenant: c.Tenant.ID, Session: c.Session.ID, Attempt: c.Session.Attempt, Token: c.Lease}
}

// says records a finished text of the agent.
func (w *world) says(l appwork.Lease, key, text string) {
	w.t.Helper()
	e := event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{MessageID: "msg_" + key, PartID: "prt_" + key, Text: text})
	w.record(l, key, e)
}

// calls records one status of a tool call.
func (w *world) calls(l appwork.Lease, key, status, output string) {
	w.t.Helper()
	e := event.New(event.AgentTool, event.Actor{Kind: "agent"}, event.Tool{MessageID: "msg_" + key, PartID: "prt_" + key, CallID: "call_" + key,
		Tool: "bash", Status: status, Title: "go test ./...", Output: output, Input: []byte(`{"command":"go test ./..."}`)})
	w.record(l, key+status, e)
}

func (w *world) record(l appwork.Lease, key string, e event.Event) {
	w.t.Helper()
	e.SourceKey = key
	if err := w.app.Work.Record(context.Background(), l, session.Batch{Events: []event.Event{e}}); err != nil {
		w.t.Fatal(err)
	}
}

// asks records a permission the agent waits for.
func (w *world) asks(l appwork.Lease, key, command string) {
	w.t.Helper()
	err := w.app.Work.Record(context.Background(), l, session.Batch{Asks: []session.Ask{{SourceID: "per_" + key, Kind: session.Approval,
		Permission: "bash", Patterns: []string{command}, Always: []string{command}}}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// crew is a team with one person of each role, a provider and a repository.
func crew(t *testing.T, w *world, slug string) tenant.Actor {
	t.Helper()
	w.person(slug, "lead-"+slug, tenant.Lead)
	w.person(slug, "member-"+slug, tenant.Member)
	w.person(slug, "viewer-"+slug, tenant.Viewer)
	by := w.actor(slug, "lead-"+slug)
	w.provider(by)
	w.repository(by)
	return by
}
