// Package tenant defines teams, memberships, roles and the table of permissions.
// People read "team"; code, tables and logs use "tenant".
package tenant

import (
	"regexp"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// ID is a tenant's UUIDv7.
type ID string

// UserID is a user's UUIDv7. It is defined here because memberships and actors refer to users.
type UserID string

// Tenant is a team with its limits. A nil limit means no limit.
type Tenant struct {
	ID                    ID
	Slug, Name            string
	Active                bool
	MaxConcurrentSessions int
	MaxQueuedSessions     int
	MaxRequests           int // per minute, all API tokens together
	CreatedAt             time.Time
}

// Defaults of a new tenant's quotas: what one team may run and queue before an admin has decided anything about it.
const (
	DefaultMaxConcurrentSessions = 10
	DefaultMaxQueuedSessions     = 500
)

// KeepDeleted is how long a deleted team can be restored.
const KeepDeleted = 30 * 24 * time.Hour

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// Check validates t's name, slug and limits.
func (t Tenant) Check() error {
	var f fault.Fields
	if n := len([]rune(text.Line(t.Name))); n < 2 || n > 100 {
		f.Add("name", "Enter a name of 2 to 100 characters (you entered %d).", n)
	}
	if !slugPattern.MatchString(t.Slug) {
		f.Add("slug", "%q is not a valid slug. Use only lower-case letters, digits and hyphens (not at the start or end), up to 63 characters, for example \"my-squad\".", t.Slug)
	}
	if t.MaxConcurrentSessions < 0 {
		f.Add("max_concurrent_sessions", "Enter a limit of 0 or more for concurrent sessions (you entered %d).", t.MaxConcurrentSessions)
	}
	if t.MaxQueuedSessions < 0 {
		f.Add("max_queued_sessions", "Enter a limit of 0 or more for queued sessions (you entered %d).", t.MaxQueuedSessions)
	}
	return f.Err()
}

// Membership is a user's role in one tenant.
type Membership struct {
	Tenant   Tenant
	User     UserID
	Role     Role
	JoinedAt time.Time
}

// TeamMember is one row of a team's list of members.
type TeamMember struct {
	User        UserID
	Name, Email string
	Role        Role
	Active      bool
	JoinedAt    time.Time
	// SeenAt is when the user was last active, in any team; the zero time or 1970 means never.
	SeenAt time.Time
	// Sessions is the number of sessions that the user created in the team, Tokens the weighted tokens of these sessions this month.
	Sessions, Tokens int64
	// ByGroups is true if the role comes from groups of the identity provider, which are applied at every sign-in.
	ByGroups bool
}

// Actor is the user who acts in a tenant. It is built from a credential and a membership that were checked during this request,
// never from client input.
type Actor struct {
	Tenant ID
	Slug   string
	User   UserID
	Name   string
	Role   Role
	// Held is the role of the membership. Role can be weaker because of a token's scope.
	Held Role
	// TenantActive is false if the team is deactivated; its members can then only read.
	TenantActive bool
	// Admin is true for admins of the instance. It grants no permissions in a team.
	Admin bool
	// Entered is the entrance by which an admin temporarily acts as a lead; empty for the team's own members.
	Entered string
	// Via identifies the credential in the audit log: "login", "token:<id>" or "entered:<id>".
	Via string
	// MaxRequests is the limit of requests per minute for all API tokens of the team together.
	MaxRequests int
	// Peer and Request are the network address and the request ID for the audit log; the peer of a command is "command".
	Peer, Request string
}

// Limits are a tenant's quotas with their current usage.
type Limits struct {
	MaxConcurrent, MaxQueued int
	Running, Ready           int
	LastServedAt             time.Time
	// RefuseWhenFull rejects new sessions above MaxConcurrent instead of queueing them.
	RefuseWhenFull bool
	// MaxRequests is the limit of API requests per minute.
	MaxRequests int
	// MaxStorage is the storage limit in bytes; nil means no limit, 0 means no storage.
	MaxStorage *int64
	// MaxRepeats is the number of repeats at which a session is stopped.
	MaxRepeats int
	// MaxAgents is the number of agents that the team's registry can have.
	MaxAgents int
	// SessionTokens and SessionCost are the limits of a session whose creator sets none; nil means no limit.
	SessionTokens, SessionCost *int64
	// Session is what a session may take of the host whose creator sets no limits.
	Session Resources
}
