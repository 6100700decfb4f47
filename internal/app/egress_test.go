package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func TestAnEgressKeyIsWorthSomethingWhileItsSessionRuns(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		repo := dbtest.Repository(t, h.d, h.alpha, "netted")
		ok(t, h.app.Repos.AllowHost(ctx, h.lead, repo.ID, "Registry.npmjs.org:443"))
		v := dbtest.Session(t, h.d, h.alpha, func(v *session.Session) { v.RepositoryID = repo.ID })
		user, password := h.app.Work.EgressKey(v.Tenant, v.ID)
		if _, _, err := h.app.Work.AdmitEgress(ctx, user, password); !fault.Is(err, fault.Forbidden) {
			t.Errorf("before it runs: %v", err)
		}
		v, err := h.app.Work.StartSession(ctx, h.lead, v.ID)
		ok(t, err)
		v, lease := h.claim(v)
		_, err = h.app.Models.CreateProvider(ctx, h.lead, provider.Provider{Name: "keyless", Kind: provider.OpenAICompatible, BaseURL: "http://models.example/v1",
			Models: []provider.Model{{ID: "m", Context: 100_000, Output: 1000}}}, "")
		ok(t, err)
		got, network, err := h.app.Work.AdmitEgress(ctx, user, password)
		if ok(t, err); got.ID != v.ID || got.Attempt != 1 || len(network.Hosts) != 1 || network.Hosts[0].Name != "registry.npmjs.org:443" || network.Hosts[0].By == "" {
			t.Errorf("while it runs: %+v, %+v", got, network)
		}
		if !slices.Contains(network.Providers, "models.example:80") {
			t.Errorf("closed to it: %v", network.Providers)
		}
		other, _ := h.app.Work.EgressKey(v.Tenant, session.ID(strings.Replace(string(v.ID), "0", "1", 1)))
		for _, bad := range [][2]string{{user, password + "0"}, {user, ""}, {"", ""}, {other, password}, {string(h.beta.ID) + "." + string(v.ID), password}, {"x", "x"}} {
			if _, _, err := h.app.Work.AdmitEgress(ctx, bad[0], bad[1]); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%v: %v", bad, err)
			}
		}
		ok(t, h.app.Work.Move(ctx, lease, session.Failed, session.Reason{Code: session.AgentError, Message: "x"}))
		if _, _, err := h.app.Work.AdmitEgress(ctx, user, password); !fault.Is(err, fault.Forbidden) {
			t.Errorf("after its end: %v", err)
		}
	})
}

// What the proxy would refuse is refused when it is listed, with the proxy's reason.
func TestAHostThatAgentsCannotReachIsNotListed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.app = app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Keys: h.keys, CheckAgentHost: func(_ context.Context, host string) error {
			if host == "localhost:4010" {
				return fault.New(fault.Forbidden, "The address 127.0.0.1:4010 is loopback.")
			}
			return nil
		}})
		repo := dbtest.Repository(t, h.d, h.alpha, "netted")
		_, err := h.app.Models.CreateProvider(ctx, h.lead, provider.Provider{Name: "keyless", Kind: provider.OpenAICompatible, BaseURL: "http://models.example:8000/v1",
			Models: []provider.Model{{ID: "m", Context: 100_000, Output: 1000}}}, "")
		ok(t, err)
		for host, says := range map[string]string{" LOCALHOST.:4010 ": "is loopback", "models.example:8000": "model provider"} {
			if err := h.app.Repos.AllowHost(ctx, h.lead, repo.ID, host); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v", host, err)
			}
		}
		ok(t, h.app.Repos.AllowHost(ctx, h.lead, repo.ID, "models.example:443"))
		if err := h.app.Repos.AllowHost(ctx, h.member, repo.ID, "localhost:4010"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a member: %v", err)
		}
		if err := h.app.Repos.AllowHost(ctx, h.lead, repository.ID(id.New()), "localhost:4010"); !fault.Is(err, fault.NotFound) {
			t.Errorf("for a repository that does not exist: %v", err)
		}
	})
}

func TestConnectionsAreInTheSessionsLog(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, _ := h.claimed()
		e := event.Egress{Target: "example.org:443", Refused: "No.", Count: 3}
		ok(t, h.app.Work.RecordEgress(ctx, v.Tenant, v.ID, v.Attempt, e))
		evs, err := h.app.Work.Events(ctx, h.viewer, v.ID, 0, 100)
		ok(t, err)
		if last := evs[len(evs)-1]; last.Type != event.AgentEgress || event.Decode[event.Egress](last) != e {
			t.Errorf("the log ends with %+v", last)
		}
		ok(t, h.app.Work.RecordEgress(ctx, h.beta.ID, v.ID, v.Attempt, e)) // a session that is not there hears nothing
	})
}

func TestANetworkListHasItsRules(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		repo := dbtest.Repository(t, h.d, h.alpha, "netted")
		allow := func(host string) error { return h.app.Repos.AllowHost(ctx, h.lead, repo.ID, host) }
		ok(t, allow("a.example:1"))
		if err := allow("A.example:1"); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if err := allow("example.org"); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a port: %v", err)
		}
		for who, err := range map[string]error{"a member": h.app.Repos.AllowHost(ctx, h.member, repo.ID, "b.example:1"), "a member removing": h.app.Repos.DisallowHost(ctx, h.member, repo.ID, "a.example:1")} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", who, err)
			}
		}
		if err := h.app.Repos.AllowHost(ctx, h.stranger, repo.ID, "b.example:1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a stranger: %v", err)
		}
		for n := 2; n <= repository.MaxHosts; n++ {
			ok(t, allow(strings.Repeat("a", n%50+1)+strings.Repeat("b", n/50)+".example:2"))
		}
		if err := allow("late.example:1"); !fault.Is(err, fault.Invalid) {
			t.Errorf("one too many: %v", err)
		}
		hosts, err := h.app.Repos.Network(context.Background(), h.viewer, repo.ID)
		if ok(t, err); len(hosts) != repository.MaxHosts {
			t.Errorf("%d hosts", len(hosts))
		}
		if err := h.app.Repos.DisallowHost(ctx, h.lead, repo.ID, "late.example:1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("what is not on it: %v", err)
		}
	})
}
