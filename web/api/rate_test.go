package api_test

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// TestATeamsRequestsAreLimited: all of a team's tokens take from one bucket, other teams have their own, and whoever is
// refused reads when to come back.
func TestATeamsRequestsAreLimited(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(time.Now())
	w := newWorldAt(t, slog.New(slog.DiscardHandler), now)
	a, b := w.crew("alpha"), w.crew("beta")
	few := 5
	if err := w.app.Console.SetQuota(t.Context(), appkernel.Operator(), a.lead.by.Tenant, appconsole.Quota{Requests: &few}); err != nil {
		t.Fatal(err)
	}
	for i, who := range []*client{a.lead, a.viewer, a.member, a.lead, a.reader} {
		r := who.get("/me").want(t, http.StatusOK)
		if r.Header.Get("X-RateLimit-Limit") != "5" || r.Header.Get("X-RateLimit-Remaining") != strconv.Itoa(4-i) || r.Header.Get("X-RateLimit-Reset") == "" {
			t.Errorf("request %d: %v", i, r.Header)
		}
	}
	for _, path := range []string{"/me", "/sessions/none", "/sessions/none/events"} {
		r := a.member.get(path).want(t, http.StatusTooManyRequests)
		p := as[apikit.Problem](t, r)
		if l := p.Limit; p.Code != "quota_exceeded" || l == nil || l.Name != "max_requests_per_minute" || l.Value != 5 || l.WhoCan != "admin" || l.FreesAt == nil {
			t.Fatalf("the problem is %s", r.body)
		}
		at, err := time.Parse(http.TimeFormat, r.Header.Get("Retry-After"))
		if err != nil || !at.Equal(p.Limit.FreesAt.Time) || at.Sub(now.Now()) > 15*time.Second || r.Header.Get("X-RateLimit-Remaining") != "0" {
			t.Errorf("come back at %v, left %s", at, r.Header.Get("X-RateLimit-Remaining"))
		}
		if !strings.HasPrefix(p.Detail, "Request rejected: the team's API tokens have used 5 of 5 requests per minute.") {
			t.Errorf("it says %q", p.Detail)
		}
	}
	now.Advance(12 * time.Second) // a fifth of a minute brings one of the five
	a.reader.get("/me").want(t, http.StatusOK)
	a.reader.get("/me").want(t, http.StatusTooManyRequests)
	if r := b.lead.get("/me").want(t, http.StatusOK); r.Header.Get("X-RateLimit-Limit") != "600" {
		t.Errorf("another team: %v", r.Header)
	}
	more := 50 // it counts at once
	if err := w.app.Console.SetQuota(t.Context(), appkernel.Operator(), a.lead.by.Tenant, appconsole.Quota{Requests: &more}); err != nil {
		t.Fatal(err)
	}
	if r := a.lead.get("/me"); r.Header.Get("X-RateLimit-Limit") != "50" {
		t.Errorf("after the change: %v", r.Header)
	}
}
