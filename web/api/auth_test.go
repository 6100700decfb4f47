package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

func TestOnlyBearerSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	l, _, err := w.app.People.SignIn(context.Background(), apppeople.Credentials{Email: "lead-alpha@example.org", Password: password, Peer: "127.0.0.1", UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	stranger := &client{w: w}
	revoked := w.client(c.by, apitoken.Manage)
	if err := w.app.People.RevokeToken(context.Background(), c.by, revoked.tokenID); err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string][]string{
		"nothing": nil, "a cookie": {"Cookie", "session=" + l.ID + "; __Host-session=" + l.ID + "; token=" + c.token}, "a query": {"X-Token", c.token},
		"basic": {"Authorization", "Basic " + c.token}, "no token of ours": {"Authorization", "Bearer abc"}, "an unknown one": {"Authorization", "Bearer orc_" + strings.Repeat("A", 43)},
		"a revoked one": {"Authorization", "Bearer " + revoked.token},
	} {
		r := stranger.get("/me?token="+c.token, header...).want(t, http.StatusUnauthorized)
		if got := r.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, `Bearer realm="orchestrator"`) || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: WWW-Authenticate %q, Set-Cookie %q", name, got, r.Header.Get("Set-Cookie"))
		}
		if p := as[apikit.Problem](t, r); p.Code != "unauthenticated" || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", name, r.body)
		}
	}
	if r := c.get("/me", "Cookie", "session=planted").want(t, http.StatusOK); r.Header.Get("Set-Cookie") != "" {
		t.Error("the API sets a cookie")
	}
}

func TestXTenantIDNamesTheTokensTeamOrIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.crew("alpha").lead, w.crew("beta").lead
	a.get("/me", "X-Tenant-ID", "alpha").want(t, http.StatusOK)
	a.get("/me", "X-Tenant-ID", string(a.by.Tenant)).want(t, http.StatusOK)
	first := ""
	for _, other := range []string{"beta", string(b.by.Tenant), "nobody", id.New(), "ALPHA", "alpha,beta", "%00"} {
		r := a.get("/me", "X-Tenant-ID", other).want(t, http.StatusForbidden)
		if first == "" {
			first = r.body
		}
		if r.body != first {
			t.Errorf("%s: %s", other, r.body)
		}
	}
}
