package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apimodels "github.com/industrial-orchestrator/orchestrator/web/api/models"
)

func TestAStartOverBudgetNamesAllFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.furnish(t)
	team, err := w.app.People.TeamBySlug(context.Background(), "alpha")
	if err != nil {
		t.Fatal(err)
	}
	few := int64(10)
	limit := &few
	if err := w.app.Console.SetQuota(context.Background(), appkernel.Operator(), team.ID, appconsole.Quota{Tokens: &limit}); err != nil {
		t.Fatal(err)
	}
	w.uses(team.ID, 12)
	r := c.lead.post("/sessions", job(map[string]any{"start": true})).want(t, http.StatusTooManyRequests)
	p := as[apikit.Problem](t, r)
	if l := p.Limit; p.Code != "quota_exceeded" || l == nil || l.Name != "max_tokens_per_month" || l.Value != 10 || l.Used != 12 || l.FreesAt == nil || l.WhoCan != "admin" {
		t.Fatalf("the problem is %s", r.body)
	}
	if at := r.Header.Get("Retry-After"); at != p.Limit.FreesAt.UTC().Format(http.TimeFormat) {
		t.Errorf("Retry-After is %q", at)
	}
	if !strings.HasPrefix(p.Detail, "Not started: the team has used 12 of 10 tokens this month, 2 tokens over the limit. The limit resets on 1 ") || !strings.HasSuffix(p.Detail, "An admin can raise the limit.") {
		t.Errorf("it says %q", p.Detail)
	}
}

// uses books a model call of some tokens to a team's month.
func (w *world) uses(t tenant.ID, tokens int64) {
	w.t.Helper()
	err := w.app.Work.RecordCall(context.Background(), t, usage.Call{ID: id.New(), Provider: "local", Model: "small", Counts: usage.Counts{Input: tokens}, Started: time.Now()}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestTheBudgetIsReadAndAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	w.uses(c.lead.by.Tenant, 1_000)
	for name, who := range map[string]*client{"lead": c.lead, "member": c.member, "viewer": c.viewer, "reader": c.reader} {
		b := as[apimodels.Budget](t, who.get("/budget").want(t, http.StatusOK))
		if b.Tokens.Used != 1_000 || *b.Tokens.Limit != 50_000_000 || *b.Tokens.Left != 49_999_000 || b.Cost.Limit != nil || b.Cost.Left != nil || len(b.Days) != 1 || *b.Storage.Limit != 20<<30 {
			t.Errorf("%s reads %+v", name, b)
		}
		ask := who.post("/budget/requests", map[string]any{"tokens": 60_000_000, "reason": "The release of " + name + "."})
		if want := map[bool]int{true: http.StatusCreated, false: http.StatusForbidden}[who == c.lead]; ask.StatusCode != want {
			t.Errorf("%s asks and gets %d: %s", name, ask.StatusCode, ask.body)
		}
	}
	for name, body := range map[string]map[string]any{"less": {"tokens": 1, "reason": "The release."}, "no such limit": {"cost_microusd": 1, "reason": "The release."}, "no reason": {"tokens": 60_000_000, "reason": ""}, "nothing": {"reason": "The release."}} {
		if p := as[apikit.Problem](t, c.lead.post("/budget/requests", body).want(t, http.StatusUnprocessableEntity)); len(p.Errors) == 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	open, err := w.app.Console.OpenBudgetRequests(t.Context())
	if err != nil || len(open) != 1 {
		t.Fatalf("open requests: %+v, %v", open, err)
	}
	if _, err := w.app.Console.GrantBudget(t.Context(), appkernel.Operator(), c.lead.by.Tenant, open[0].Request.ID, "Until spring."); err != nil {
		t.Fatal(err)
	}
	rs := as[items[apimodels.BudgetRequest]](t, c.viewer.get("/budget/requests").want(t, http.StatusOK)).Items
	if len(rs) != 1 || rs[0].Status != "granted" || *rs[0].Note != "Until spring." || *rs[0].Tokens != 60_000_000 || rs[0].Cost != nil {
		t.Errorf("requests: %+v", rs)
	}
	if b := as[apimodels.Budget](t, c.viewer.get("/budget")); *b.Tokens.Limit != 60_000_000 {
		t.Errorf("the limit is %d", *b.Tokens.Limit)
	}
}
