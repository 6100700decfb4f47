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
	c.member.ask(http.MethodPost, "/sessions", job(map[string]any{"max_tokens": nil})).want(t, http.StatusForbidden)

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
