package api_test

import (
	"net/http"
	"strings"
	"testing"

	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// A team has as many agents as an admin lets it have, and reads the limit; the default is 100.
func TestATeamHasAsManyAgentsAsItsLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	limit := func() int {
		return as[struct {
			Limits struct {
				Agents int `json:"max_agents"`
			}
		}](t, c.viewer.get("/me").want(t, http.StatusOK)).Limits.Agents
	}
	if n := limit(); n != 100 {
		t.Errorf("a new team can have %d agents", n)
	}
	set := func(n int) error {
		return w.app.Console.SetQuota(t.Context(), appkernel.Operator(), c.lead.by.Tenant, appconsole.Quota{Agents: &n})
	}
	for _, n := range []int{-1, 10_001} {
		if err := set(n); err == nil || !strings.Contains(err.Error(), "Enter a limit from 0 to 10,000") {
			t.Errorf("%d: %v", n, err)
		}
	}
	for _, n := range []int{0, 10_000, 1} {
		if err := set(n); err != nil || limit() != n {
			t.Errorf("%d: %v, the limit is %d", n, err, limit())
		}
	}
	c.lead.post("/agents", map[string]any{"name": "First", "agent_type": "analyst"}).want(t, http.StatusCreated)
	p := as[apikit.Problem](t, c.lead.post("/agents", map[string]any{"name": "Second", "agent_type": "analyst"}).want(t, http.StatusTooManyRequests))
	if p.Limit == nil || p.Limit.Name != "max_agents" || p.Limit.Value != 1 || p.Limit.Used != 1 || p.Limit.WhoCan != "admin" || !strings.Contains(p.Detail, "1 of 1 agents") {
		t.Errorf("the refusal is %+v, limit %+v", p, p.Limit)
	}
	if err := w.app.Console.SetQuota(t.Context(), appkernel.Operator(), c.lead.by.Tenant, appconsole.Quota{}); err != nil || limit() != 1 {
		t.Errorf("a change of nothing: %v, the limit is %d", err, limit())
	}
}
