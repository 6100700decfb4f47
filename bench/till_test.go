package bench

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// till is a team with a budget, a running session and the key of its agent's process.
type till struct {
	b    *testing.B
	db   *dbkernel.DB
	app  *app.App
	team dbtest.Team
	lead tenant.Actor
	key  string
}

// conversation is the conversation of the running session.
const conversation = "ses_main"

// onBoth runs fn with a till on SQLite, and on PostgreSQL if TEST_POSTGRES is set.
func onBoth(b *testing.B, model string, fn func(b *testing.B, t *till)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, newTill(b, dbtest.Open(b), model)) })
	b.Run("postgres", func(b *testing.B) { fn(b, newTill(b, dbtest.Postgres(b), model)) })
}

func newTill(b *testing.B, d *dbkernel.DB, model string) *till {
	b.Helper()
	keys, err := secret.LoadOrCreate(filepath.Join(b.TempDir(), "key"))
	check(b, err)
	t := &till{b: b, db: d, app: app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys, Log: quiet, Unwatched: true}), team: dbtest.NewTeam(b, d, "alpha")}
	t.lead, err = t.app.People.ActorByEmail(b.Context(), "alpha", t.team.Lead.Email)
	check(b, err)
	_, err = t.app.Models.CreateProvider(b.Context(), t.lead, provider.Provider{Name: "script", Kind: provider.OpenAICompatible, BaseURL: model,
		Models: []provider.Model{{ID: "scripted", Context: 128_000, Output: 8_192, Price: usage.Price{Input: 1_000_000, Output: 2_000_000}}}}, modelKey)
	check(b, err)
	t.key, _, err = t.app.Work.NewGatewayKey(b.Context(), t.team.ID, t.runs())
	check(b, err)
	return t
}

// runs creates the session of the calls.
func (t *till) runs() session.ID {
	t.b.Helper()
	ctx, talk := t.b.Context(), conversation
	v := dbtest.Move(t.b, t.db, dbtest.Session(t.b, t.db, t.team), time.Now(), session.Queued, session.Running)
	check(t.b, t.db.Update(ctx, t.team.ID, func(s *dbkernel.Scope) error {
		return dbwork.On(s).SetSessionRun(ctx, v.ID, dbwork.RunInfo{Conversation: &talk})
	}))
	return v.ID
}

// Admit admits a call and reserves its upper bound, like the real program.
func (t *till) Admit(ctx context.Context, a gateway.Ask) (gateway.Grant, error) {
	adm, err := t.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: a.Key, Provider: a.Provider, Model: a.Model, Conversation: a.AgentSession, Endpoint: a.Endpoint,
		PromptBytes: a.PromptBytes, MaxTokens: a.MaxTokens, Stream: a.Stream})
	return gateway.Grant{Tenant: adm.Tenant, Session: string(adm.Session), Attempt: adm.Attempt, CallID: adm.CallID, BaseURL: adm.Provider.BaseURL, APIKey: adm.Key,
		Kind: adm.Provider.Kind, Price: adm.Model.Price, MaxTokens: adm.MaxTokens}, err
}

// Record settles a call.
func (t *till) Record(ctx context.Context, c gateway.Call) error {
	return t.app.Work.RecordCall(ctx, c.Tenant, c.Call, c.Messages)
}

// byMany runs work n times in a number of goroutines and returns the rate per second.
func byMany(many, n int, work func()) float64 {
	begun := time.Now()
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			for range n / many {
				work()
			}
		})
	}
	all.Wait()
	return float64(n/many*many) / time.Since(begun).Seconds()
}
