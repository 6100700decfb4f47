package people

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Me is the user and the team that the token acts for.
type Me struct {
	User   MeUser   `json:"user"`
	Tenant MeTenant `json:"tenant"`
	Role   string   `json:"role" enum:"lead,member,viewer" doc:"The lower of the token's scope and its owner's current role."`
	Limits MeLimits `json:"limits"`
}

// MeUser is the token's owner.
type MeUser struct {
	ID   string `json:"id" format:"uuid"`
	Name string `json:"name"`
}

// MeTenant is the team of the token.
type MeTenant struct {
	ID       string `json:"id" format:"uuid"`
	Slug     string `json:"slug"`
	IsActive bool   `json:"is_active" doc:"false if the team is deactivated: it can be read but not changed."`
}

// MeLimits are the team's quotas and their current use.
type MeLimits struct {
	MaxConcurrentSessions int    `json:"max_concurrent_sessions"`
	MaxQueuedSessions     int    `json:"max_queued_sessions"`
	RunningSessions       int    `json:"running_sessions"`
	QueuedSessions        int    `json:"queued_sessions"`
	WhenFull              string `json:"when_full" enum:"queue,reject" doc:"What happens to a new start when max_concurrent_sessions are running: it waits in the queue or is rejected."`
	MaxRequestsPerMinute  int    `json:"max_requests_per_minute" doc:"For all the team's tokens together. X-RateLimit-Remaining in each response gives the number left."`
	MaxStorageBytes       *int64 `json:"max_storage_bytes" nullable:"true" doc:"null means no limit."`
	MaxTokensPerSession   *int64 `json:"max_tokens_per_session" nullable:"true" doc:"The limit of a session whose creator sets none; null means no limit."`
	MaxCostPerSession     *int64 `json:"max_cost_microusd_per_session" nullable:"true" doc:"The limit of a session whose creator sets none; null means no limit."`
	MaxMemoryPerSession   *int64 `json:"max_memory_bytes_per_session" nullable:"true" doc:"The limit of a session whose creator sets none; null means the operator's for the team only."`
	MaxCPUPerSession      *int64 `json:"max_cpu_milli_per_session" nullable:"true" doc:"Thousandths of a CPU core; null means the operator's limit for the team only."`
	MaxTasksPerSession    *int64 `json:"max_tasks_per_session" nullable:"true" doc:"Processes and threads; null means the operator's limit for the team only."`
	MaxRepeats            int    `json:"max_repeats" doc:"The number of repeats that stops a session."`
	MaxAgents             int    `json:"max_agents" doc:"The number of agents that the team can have."`
}

func (a *Operations) meRoutes() {
	apikit.Add(a.kit, tenant.ReadTeam, huma.Operation{OperationID: "get-me", Method: http.MethodGet, Path: "/me", Tags: []string{"Token"}, Summary: "Get the token's owner and team",
		Description: "The token's owner and team, the owner's current role in that team, and the team's quotas."}, a.readMe)
}

func (a *Operations) readMe(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[Me], error) {
	l, err := a.people.Limits(ctx, by)
	return apikit.NewAnswer(Me{
		User:   MeUser{string(by.User), by.Name},
		Tenant: MeTenant{string(by.Tenant), by.Slug, by.TenantActive},
		Role:   string(by.Role),
		Limits: MeLimits{l.MaxConcurrent, l.MaxQueued, l.Running, l.Ready, whenFull(l), l.MaxRequests, l.MaxStorage, l.SessionTokens, l.SessionCost,
			l.Session.Memory, l.Session.CPU, l.Session.Tasks, l.MaxRepeats, l.MaxAgents},
	}), err
}

func whenFull(l tenant.Limits) string {
	if l.RefuseWhenFull {
		return "reject"
	}
	return "queue"
}
