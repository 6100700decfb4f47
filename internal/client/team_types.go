package client

import (
	"time"
)

// Me is a token's owner, team, role and limits.
type Me struct {
	Limits MeLimits `json:"limits"`
	Role   string   `json:"role"`
	Tenant MeTenant `json:"tenant"`
	User   MeUser   `json:"user"`
}

// MeUser is the owner of a token.
type MeUser struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// MeTenant is the team of a token.
type MeTenant struct {
	ID       string `json:"id"`
	IsActive bool   `json:"is_active"`
	Slug     string `json:"slug"`
}

// MeLimits is the limits of a team.
type MeLimits struct {
	MaxAgents                 int64  `json:"max_agents"`
	MaxConcurrentSessions     int64  `json:"max_concurrent_sessions"`
	MaxCostMicroUSDPerSession *int64 `json:"max_cost_microusd_per_session"`
	MaxCPUMilliPerSession     *int64 `json:"max_cpu_milli_per_session"`
	MaxMemoryBytesPerSession  *int64 `json:"max_memory_bytes_per_session"`
	MaxQueuedSessions         int64  `json:"max_queued_sessions"`
	MaxRepeats                int64  `json:"max_repeats"`
	MaxRequestsPerMinute      int64  `json:"max_requests_per_minute"`
	MaxStorageBytes           *int64 `json:"max_storage_bytes"`
	MaxTasksPerSession        *int64 `json:"max_tasks_per_session"`
	MaxTokensPerSession       *int64 `json:"max_tokens_per_session"`
	QueuedSessions            int64  `json:"queued_sessions"`
	RunningSessions           int64  `json:"running_sessions"`
	WhenFull                  string `json:"when_full"`
}

// Member is a person of the team.
type Member struct {
	Email    string    `json:"email"`
	ID       string    `json:"id"`
	IsActive bool      `json:"is_active"`
	JoinedAt time.Time `json:"joined_at"`
	Name     string    `json:"name"`
	Role     string    `json:"role"`
}

// Invitation is a link that has been neither used nor revoked.
type Invitation struct {
	CreatedAt time.Time `json:"created_at"`
	Email     string    `json:"email"`
	ExpiresAt time.Time `json:"expires_at"`
	ID        string    `json:"id"`
	InvitedBy string    `json:"invited_by"`
	Role      string    `json:"role"`
}

// NewInvitation is the input for an invitation.
type NewInvitation struct {
	Email string `json:"email"`
	Role  string `json:"role"`
}

// MadeInvitation is a new invitation with its link, which is returned only once.
type MadeInvitation struct {
	Invitation
	Token string `json:"token"`
}
