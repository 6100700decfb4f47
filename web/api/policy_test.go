package api

import (
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// policies is the whole list of who may what; a route that is not here, or asks for less, fails.
var policies = map[string]tenant.Action{
	"GET /openapi.json":                       tenant.Public,
	"GET /me":                                 tenant.ReadTeam,
	"GET /members":                            tenant.ReadMembers,
	"POST /members/:id":                       tenant.EditMembers,
	"DELETE /members/:id":                     tenant.EditMembers,
	"GET /invitations":                        tenant.ReadInvitations,
	"POST /invitations":                       tenant.EditMembers,
	"DELETE /invitations/:id":                 tenant.EditMembers,
	"GET /model-providers":                    tenant.ReadProviders,
	"POST /model-providers":                   tenant.EditProviders,
	"POST /model-providers/:id/test":          tenant.EditProviders,
	"POST /model-providers/:id/base-url":      tenant.EditProviders,
	"POST /repositories/:id/url":              tenant.EditRepositories,
	"GET /agents":                             tenant.ReadAgents,
	"POST /agents":                            tenant.EditAgents,
	"GET /agents/:id":                         tenant.ReadAgents,
	"PATCH /agents/:id":                       tenant.EditAgents,
	"DELETE /agents/:id":                      tenant.EditAgents,
	"GET /agents/:id/versions":                tenant.ReadAgents,
	"GET /agents/:id/figures":                 tenant.ReadAgents,
	"POST /agents/:id/activate":               tenant.EditAgents,
	"POST /agents/:id/deactivate":             tenant.EditAgents,
	"POST /agents/:id/default":                tenant.EditAgents,
	"POST /agents/:id/no-default":             tenant.EditAgents,
	"POST /agents/:id/maintenance":            tenant.EditAgents,
	"PUT /agents/:id/tier":                    tenant.EditAgents,
	"POST /agents/route":                      tenant.ReadAgents,
	"POST /sessions/:id/feedback":             tenant.WriteSessions,
	"GET /repositories":                       tenant.ReadRepositories,
	"POST /repositories":                      tenant.EditRepositories,
	"GET /repositories/:id":                   tenant.ReadRepositories,
	"GET /model-providers/:id":                tenant.ReadProviders,
	"GET /repositories/:id/branches":          tenant.ReadRepositories,
	"PUT /repositories/:id/agent-config":      tenant.EditRepositories,
	"GET /repositories/:id/hosts":             tenant.ReadRepositories,
	"POST /repositories/:id/hosts":            tenant.EditRepositories,
	"DELETE /repositories/:id/hosts/:host":    tenant.EditRepositories,
	"GET /budget":                             tenant.ReadTeam,
	"GET /budget/requests":                    tenant.ReadTeam,
	"POST /budget/requests":                   tenant.AskBudget,
	"GET /audit":                              tenant.ReadAudit,
	"GET /sessions":                           tenant.ReadSessions,
	"POST /sessions":                          tenant.WriteSessions,
	"GET /sessions/:id":                       tenant.ReadSessions,
	"POST /sessions/:id/start":                tenant.WriteSessions,
	"POST /sessions/:id/pause":                tenant.WriteSessions,
	"POST /sessions/:id/resume":               tenant.WriteSessions,
	"POST /sessions/:id/stop":                 tenant.WriteSessions,
	"POST /sessions/:id/cancel":               tenant.WriteSessions,
	"POST /sessions/:id/retry":                tenant.WriteSessions,
	"GET /sessions/:id/messages":              tenant.ReadSessions,
	"POST /sessions/:id/messages":             tenant.WriteSessions,
	"GET /sessions/:id/events":                tenant.ReadSessions,
	"GET /sessions/:id/permissions":           tenant.ReadSessions,
	"POST /sessions/:id/permissions/:pid":     tenant.AnswerPermission,
	"GET /sessions/:id/diff":                  tenant.ReadSessions,
	"GET /sessions/:id/patch":                 tenant.ReadSessions,
	"GET /sessions/:id/checks":                tenant.ReadSessions,
	"GET /sessions/:id/outcomes":              tenant.ReadSessions,
	"POST /sessions/:id/push":                 tenant.WriteSessions,
	"GET /sessions/:id/loop-stops":            tenant.ReadSessions,
	"PATCH /session-limits":                   tenant.SetLimits,
	"GET /repositories/:id/forge":             tenant.ReadRepositories,
	"PUT /repositories/:id/forge":             tenant.EditRepositories,
	"DELETE /repositories/:id/forge":          tenant.EditRepositories,
	"POST /repositories/:id/forge/webhook":    tenant.EditRepositories,
	"GET /sessions/:id/pull-request":          tenant.ReadSessions,
	"POST /sessions/:id/pull-request":         tenant.WriteSessions,
	"POST /sessions/:id/pull-request/merge":   tenant.WriteSessions,
	"POST /sessions/:id/pull-request/ready":   tenant.WriteSessions,
	"POST /sessions/:id/pull-request/close":   tenant.WriteSessions,
	"GET /sessions/:id/checkpoints":           tenant.ReadSessions,
	"POST /sessions/:id/checkpoints":          tenant.WriteSessions,
	"GET /sessions/:id/checkpoints/compare":   tenant.ReadSessions,
	"POST /sessions/:id/restore":              tenant.WriteSessions,
	"POST /sessions/:id/fork":                 tenant.WriteSessions,
	"POST /sessions/:id/merge":                tenant.WriteSessions,
	"GET /repositories/:id/merge-queue":       tenant.ReadSessions,
	"POST /repositories/:id/merge-queue/hold": tenant.EditRepositories,
	"POST /merge-queue/:id/hold":              tenant.WriteSessions,
	"POST /merge-queue/:id/release":           tenant.WriteSessions,
	"POST /merge-queue/:id/remove":            tenant.WriteSessions,
	"POST /merge-queue/:id/retry":             tenant.WriteSessions,
	"POST /merge-queue/:id/send":              tenant.WriteSessions,
	"POST /merge-queue/:id/move":              tenant.EditRepositories,
}

// A route that reached the router by another way than route has no action, and nobody decided who may use it.
func TestEveryRouteHasItsAction(t *testing.T) {
	t.Parallel()
	a := New(apikit.Options{App: app.New(app.Options{Hub: hub.New()})})
	f := fiber.New()
	a.Routes(f.Group(apikit.Prefix))
	seen := map[string]bool{}
	for _, r := range f.GetRoutes(true) {
		path := strings.TrimPrefix(r.Path, apikit.Prefix)
		want := policies[strings.Replace(r.Method, "HEAD", "GET", 1)+" "+path]
		if got := a.kit.Policies[r.Method+" "+path]; got == "" || got != want {
			t.Errorf("%s %s has the action %q, the list says %q", r.Method, path, got, want)
		}
		seen[r.Method+" "+path] = true
	}
	for known := range policies {
		if !seen[known] || strings.HasPrefix(known, "GET ") && !seen["HEAD "+known[4:]] {
			t.Errorf("%s, or its HEAD, is in no router", known)
		}
	}
	if len(seen) != len(a.kit.Policies) {
		t.Errorf("%d routes, %d actions", len(seen), len(a.kit.Policies))
	}
}

func TestARouteWithoutAnActionCannotBeRegistered(t *testing.T) {
	t.Parallel()
	a := New(apikit.Options{App: app.New(app.Options{Hub: hub.New()})})
	a.Routes(fiber.New())
	defer func() {
		if recover() == nil {
			t.Error("a route without an action was taken")
		}
	}()
	a.kit.Route(fiber.MethodGet, "/open", "", func(*fiber.Ctx) error { return nil })
}
