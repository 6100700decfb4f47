package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/web/api"
)

func TestAStartOverBudgetNamesAllFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.furnish(t)
	team, err := w.app.TeamBySlug(context.Background(), "alpha")
	if err != nil {
		t.Fatal(err)
	}
	none := new(int64)
	if err := w.app.SetQuota(context.Background(), app.Operator(), team.ID, app.Quota{Tokens: &none}); err != nil {
		t.Fatal(err)
	}
	r := c.lead.post("/sessions", job(map[string]any{"start": true})).want(t, http.StatusTooManyRequests)
	p := as[api.Problem](t, r)
	if l := p.Limit; p.Code != "quota_exceeded" || l == nil || l.Name != "max_tokens_per_month" || l.Value != 0 || l.Used != 0 || l.FreesAt == nil || l.WhoCan != "admin" {
		t.Fatalf("the problem is %s", r.body)
	}
	if at := r.Header.Get("Retry-After"); at != p.Limit.FreesAt.UTC().Format(http.TimeFormat) {
		t.Errorf("Retry-After is %q", at)
	}
	if !strings.HasPrefix(p.Detail, "Not started: this team may use 0 tokens. The limit frees on 1 ") || !strings.HasSuffix(p.Detail, "An admin can raise it.") {
		t.Errorf("it says %q", p.Detail)
	}
}
