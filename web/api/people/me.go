package people

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Me is who the token acts as.
type Me struct {
	User   MeUser   `json:"user"`
	Tenant MeTenant `json:"tenant"`
	Role   string   `json:"role" enum:"lead,member,viewer" doc:"The weaker of the token's scope and its owner's role now."`
	Limits MeLimits `json:"limits"`
}

// MeUser is the token's owner.
type MeUser struct {
	ID   string `json:"id" format:"uuid"`
	Name string `json:"name"`
}

// MeTenant is the token's one team.
type MeTenant struct {
	ID       string `json:"id" format:"uuid"`
	Slug     string `json:"slug"`
	IsActive bool   `json:"is_active" doc:"A team that is not active can be read and not changed."`
}

// MeLimits are the team's quotas and what is used of them now.
type MeLimits struct {
	MaxConcurrentSessions int    `json:"max_concurrent_sessions"`
	MaxQueuedSessions     int    `json:"max_queued_sessions"`
	RunningSessions       int    `json:"running_sessions"`
	QueuedSessions        int    `json:"queued_sessions"`
	WhenFull              string `json:"when_full" enum:"queue,reject" doc:"What becomes of a start when max_concurrent_sessions run: it waits, or it is refused."`
	MaxRequestsPerMinute  int    `json:"max_requests_per_minute" doc:"Of all tokens of the team together. What is left is in X-RateLimit-Remaining of each answer."`
	MaxStorageBytes       *int64 `json:"max_storage_bytes" nullable:"true" doc:"null is no limit."`
}

func (a *Operations) MeRoutes() {
	apikit.Add(a.kit, tenant.ReadTeam, huma.Operation{OperationID: "get-me", Method: http.MethodGet, Path: "/me", Tags: []string{"Token"}, Summary: "Who this token acts as",
		Description: "The token's owner, its team, the role it has there now and the team's quotas."}, a.readMe)
}

func (a *Operations) readMe(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[Me], error) {
	l, err := a.people.Limits(ctx, by)
	return apikit.NewAnswer(Me{
		User:   MeUser{string(by.User), by.Name},
		Tenant: MeTenant{string(by.Tenant), by.Slug, by.TenantActive},
		Role:   string(by.Role),
		Limits: MeLimits{l.MaxConcurrent, l.MaxQueued, l.Running, l.Ready, whenFull(l), l.MaxRequests, l.MaxStorage},
	}), err
}

func whenFull(l tenant.Limits) string {
	if l.RefuseWhenFull {
		return "reject"
	}
	return "queue"
}
