package bench

import (
	"testing"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// checks is how often each check is timed.
const checks = 1000

// BenchmarkBudget measures what delays a model call: the budget's transaction, which reserves the upper bound; the whole admission,
// including the call's session, model and key; and the settlement afterwards. Then it measures concurrent calls of a busy team.
func BenchmarkBudget(b *testing.B) {
	onBoth(b, "https://models.example.org", func(b *testing.B, t *till) {
		for b.Loop() {
			var reserve, admit, settle times
			for range checks {
				reserve = append(reserve, timed(t.reserve))
				begun := time.Now()
				g := t.admitted()
				admit = append(admit, time.Since(begun))
				settle = append(settle, timed(func() { t.settle(g) }))
			}
			report50and99(b, "reserve", reserve)
			report50and99(b, "admit", admit)
			report50and99(b, "settle", settle)
			report(b, "admit and settle, 16 at once", byMany(16, checks, func() { t.settle(t.admitted()) }), "calls per second")
		}
	})
}

func timed(work func()) time.Duration {
	begun := time.Now()
	work()
	return time.Since(begun)
}

// reserve is only the budget's part of an admission.
func (t *till) reserve() {
	ctx, now := t.b.Context(), time.Now()
	c := usage.Call{ID: id.New(), Provider: "script", Model: "scripted", Counts: usage.Counts{Input: 1, Output: 1}, Started: now}
	check(t.b, t.db.Update(ctx, t.team.ID, func(s *dbkernel.Scope) error {
		if _, err := dbmodels.On(s).LockBudget(ctx, quota.MonthOf(now)); err != nil {
			return err
		}
		_, err := dbmodels.On(s).ReserveBudget(ctx, dbmodels.Reservation{Call: c, Month: quota.MonthOf(now), Holder: "bench/1", Until: now.Add(time.Hour)})
		return err
	}))
}

func (t *till) admitted() gateway.Grant {
	g, err := t.Admit(t.b.Context(), gateway.Ask{Key: t.key, Provider: "script", Model: "scripted", AgentSession: conversation, PromptBytes: 2000, MaxTokens: 100})
	check(t.b, err)
	return g
}

func (t *till) settle(g gateway.Grant) {
	check(t.b, t.app.Work.RecordCall(t.b.Context(), g.Tenant, usage.Call{ID: g.CallID, Session: g.Session, Attempt: g.Attempt, AgentSession: conversation, Provider: "script",
		Model: "scripted", Status: 200, Counts: usage.Counts{Input: 100, Output: 10}, Cost: 120, Started: time.Now(), Response: []byte(`{}`)}, nil))
}

// BenchmarkAuthorisation measures the cost of authorization for every request: it reads an API token, and a user's membership.
func BenchmarkAuthorisation(b *testing.B) {
	onBoth(b, "https://models.example.org", func(b *testing.B, t *till) {
		token, _, err := t.app.People.CreateToken(b.Context(), t.lead, "bench", apitoken.Run, nil)
		check(b, err)
		for b.Loop() {
			var byToken, byPerson times
			for range checks {
				byToken = append(byToken, timed(func() { t.may(t.app.People.ActorForToken(b.Context(), token)) }))
				byPerson = append(byPerson, timed(func() { t.may(t.app.People.ActorFor(b.Context(), t.team.Lead, "alpha")) }))
			}
			report50and99(b, "token", byToken)
			report50and99(b, "person", byPerson)
		}
	})
}

func (t *till) may(by tenant.Actor, err error) {
	check(t.b, err)
	check(t.b, by.May(tenant.WriteSessions))
}

var _ gateway.Backend = (*till)(nil)
