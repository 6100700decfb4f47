// Package tenant holds teams, memberships, roles and the table of who may do what.
// The word on the screen is "team"; in code, tables and logs it is tenant.
package tenant

import (
	"regexp"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// ID is a tenant's UUIDv7.
type ID string

// UserID is a person's UUIDv7. It lives here because memberships and actors name people.
type UserID string

// Tenant is a team with its limits. A nil limit means none.
type Tenant struct {
	ID                    ID
	Slug, Name            string
	Active                bool
	MaxConcurrentSessions int
	MaxQueuedSessions     int
	MaxRequests           int // of its API tokens in a minute
	CreatedAt             time.Time
}

// Defaults of a new tenant's quotas: what one team may run and queue before an admin has decided anything about it.
const (
	DefaultMaxConcurrentSessions = 10
	DefaultMaxQueuedSessions     = 500
)

// KeepDeleted is how long a deleted team can be brought back.
const KeepDeleted = 30 * 24 * time.Hour

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// Check gives the faults of t's name and slug.
func (t Tenant) Check() error {
	var f fault.Fields
	if n := len([]rune(strings.TrimSpace(t.Name))); n < 2 || n > 100 {
		f.Add("name", "A team's name has 2 to 100 characters; this one has %d.", n)
	}
	if !slugPattern.MatchString(t.Slug) {
		f.Add("slug", "A team's slug is made of lower-case letters, digits and inner hyphens, at most 63; %q is not.", t.Slug)
	}
	if t.MaxConcurrentSessions < 0 {
		f.Add("max_concurrent_sessions", "The limit of concurrent sessions is 0 or more; %d is not.", t.MaxConcurrentSessions)
	}
	if t.MaxQueuedSessions < 0 {
		f.Add("max_queued_sessions", "The limit of queued sessions is 0 or more; %d is not.", t.MaxQueuedSessions)
	}
	return f.Err()
}

// Membership is one person's role in one tenant.
type Membership struct {
	Tenant   Tenant
	User     UserID
	Role     Role
	JoinedAt time.Time
}

// TeamMember is one row of a team's page.
type TeamMember struct {
	User        UserID
	Name, Email string
	Role        Role
	Active      bool
	JoinedAt    time.Time
	// SeenAt is when the person was here last, in whichever team; the zero time or 1970 is never.
	SeenAt time.Time
	// Sessions is how many sessions the person made in the team, Tokens what they used this month, weighted.
	Sessions, Tokens int64
	// ByGroups says that groups of the identity provider gave the role, and give it anew at every sign-in.
	ByGroups bool
}

// Actor is who acts in a tenant: made from a credential and a membership read on this request, never from client input.
type Actor struct {
	Tenant ID
	Slug   string
	User   UserID
	Name   string
	Role   Role
	// Held is the membership's role, of which a token's scope may leave less as Role.
	Held Role
	// TenantActive is false when the team was deactivated: its people may read and nothing else.
	TenantActive bool
	// Admin is the instance's operator flag; it gives no right inside a team.
	Admin bool
	// Entered is the entrance of an admin who is inside the team by it, as lead; empty for the team's own people.
	Entered string
	// Via names the credential for the audit log: "login", "token:<id>" or "entered:<id>".
	Via string
	// MaxRequests is how often the team's API tokens may ask in a minute, all together.
	MaxRequests int
	// Peer and Request say from which address and in which request, for the audit log; a command's peer is "command".
	Peer, Request string
}

// Limits are a tenant's quotas with what is used of them now.
type Limits struct {
	MaxConcurrent, MaxQueued int
	Running, Ready           int
	LastServedAt             time.Time
	// RefuseWhenFull refuses a start at a full MaxConcurrent, which otherwise waits in the queue.
	RefuseWhenFull bool
	// MaxRequests is how often the team's API tokens may ask in a minute.
	MaxRequests int
	// MaxStorage is how many bytes the team may keep; nil is no limit, 0 is nothing.
	MaxStorage *int64
}
