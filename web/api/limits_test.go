package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// A session without a limit of its own has its team's; null means none and needs a lead; leads and admins change the team's.
func TestSessionsHaveTheirTeamsLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	limits := func(by *client, more map[string]any) (tokens, cost any) {
		t.Helper()
		r := by.ask(http.MethodPost, "/sessions", job(more)).want(t, http.StatusCreated)
		var s struct {
			MaxTokens *int64 `json:"max_tokens"`
			MaxCost   *int64 `json:"max_cost_microusd"`
		}
		if err := json.Unmarshal([]byte(r.body), &s); err != nil {
			t.Fatal(err)
		}
		if s.MaxTokens != nil {
			tokens = *s.MaxTokens
		}
		if s.MaxCost != nil {
			cost = *s.MaxCost
		}
		return tokens, cost
	}
	want := func(what string, tokens, cost, wantTokens, wantCost any) {
		t.Helper()
		if tokens != wantTokens || cost != wantCost {
			t.Errorf("%s: %v tokens and %v, want %v and %v", what, tokens, cost, wantTokens, wantCost)
		}
	}
	tokens, cost := limits(c.member, nil)
	want("left out", tokens, cost, int64(5_000_000), nil)
	tokens, cost = limits(c.member, map[string]any{"max_tokens": 7, "max_cost_microusd": 9})
	want("numbers", tokens, cost, int64(7), int64(9))
	tokens, cost = limits(c.lead, map[string]any{"max_tokens": nil})
	want("null by a lead", tokens, cost, nil, nil)
	tokens, cost = limits(c.member, map[string]any{"max_cost_microusd": nil})
	want("null where the team has none", tokens, cost, int64(5_000_000), nil)
	for _, n := range []any{nil, 5_000_001} {
		c.member.ask(http.MethodPost, "/sessions", job(map[string]any{"max_tokens": n})).want(t, http.StatusForbidden)
	}
	tokens, cost = limits(c.lead, map[string]any{"max_tokens": 5_000_001})
	want("more than the team's, by a lead", tokens, cost, int64(5_000_001), nil)
	for _, field := range []string{"max_tokens", "max_cost_microusd"} {
		c.lead.ask(http.MethodPost, "/sessions", job(map[string]any{field: int64(9e18)})).want(t, http.StatusUnprocessableEntity)
	}

	c.member.ask(http.MethodPatch, "/session-limits", map[string]any{"max_repeats": 4}).want(t, http.StatusForbidden)
	c.lead.ask(http.MethodPatch, "/session-limits", map[string]any{"max_repeats": 2}).want(t, http.StatusUnprocessableEntity)
	c.lead.ask(http.MethodPatch, "/session-limits", map[string]any{"max_tokens_per_session": 0}).want(t, http.StatusUnprocessableEntity)
	c.lead.ask(http.MethodPatch, "/session-limits", map[string]any{"max_tokens_per_session": nil, "max_cost_microusd_per_session": 2_000_000, "max_repeats": 4}).want(t, http.StatusNoContent)
	tokens, cost = limits(c.member, nil)
	want("the team's new ones", tokens, cost, nil, int64(2_000_000))
	c.member.ask(http.MethodPost, "/sessions", job(map[string]any{"max_cost_microusd": nil})).want(t, http.StatusForbidden)
	var me struct {
		Limits struct {
			Tokens  *int64 `json:"max_tokens_per_session"`
			Cost    *int64 `json:"max_cost_microusd_per_session"`
			Repeats int    `json:"max_repeats"`
		}
	}
	if err := json.Unmarshal([]byte(c.viewer.get("/me").want(t, http.StatusOK).body), &me); err != nil || me.Limits.Tokens != nil || me.Limits.Cost == nil || me.Limits.Repeats != 4 {
		t.Errorf("/me says %+v, %v", me.Limits, err)
	}
}

// What a session may take of the host is the team's, unless its creator says otherwise.
func TestSessionsHaveTheirTeamsResources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	type resources struct {
		Memory *int64 `json:"max_memory_bytes"`
		CPU    *int64 `json:"max_cpu_milli"`
		Tasks  *int64 `json:"max_tasks"`
	}
	want := func(what string, more map[string]any, memory, cpu, tasks any) {
		t.Helper()
		r := c.member.ask(http.MethodPost, "/sessions", job(more)).want(t, http.StatusCreated)
		var s resources
		if err := json.Unmarshal([]byte(r.body), &s); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			got  *int64
			want any
		}{{s.Memory, memory}, {s.CPU, cpu}, {s.Tasks, tasks}} {
			if x.want == nil && x.got != nil || x.want != nil && (x.got == nil || *x.got != x.want) {
				t.Errorf("%s: %s", what, r.body)
			}
		}
	}
	want("at first", nil, nil, nil, nil)
	c.member.ask(http.MethodPatch, "/session-limits", map[string]any{"max_tasks_per_session": 500}).want(t, http.StatusForbidden)
	c.lead.ask(http.MethodPatch, "/session-limits", map[string]any{"max_memory_bytes_per_session": 1 << 20}).want(t, http.StatusUnprocessableEntity)
	c.lead.ask(http.MethodPatch, "/session-limits", map[string]any{"max_memory_bytes_per_session": 1 << 30, "max_cpu_milli_per_session": 1500, "max_tasks_per_session": 500}).want(t, http.StatusNoContent)
	want("the team's", nil, int64(1<<30), int64(1500), int64(500))
	want("its own", map[string]any{"max_memory_bytes": 2 << 30, "max_cpu_milli": 500}, int64(2<<30), int64(500), int64(500))
	for field, n := range map[string]int64{"max_memory_bytes": 1 << 20, "max_cpu_milli": 1, "max_tasks": 3} {
		c.member.ask(http.MethodPost, "/sessions", job(map[string]any{field: n})).want(t, http.StatusUnprocessableEntity)
	}
	c.lead.ask(http.MethodPatch, "/session-limits", map[string]any{"max_cpu_milli_per_session": nil}).want(t, http.StatusNoContent)
	want("one taken back", nil, int64(1<<30), nil, int64(500))
}
