package user

import (
	"slices"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Via is the way a login was created.
type Via string

// The ways to sign in.
const (
	ByPassword Via = "password"
	ByProvider Via = "oidc"
	// ByLink is a login by a link that the operator created.
	ByLink Via = "link"
)

// Proof is the verified statement of an identity provider about a user who has just signed in there.
type Proof struct {
	Issuer, Subject string
	// Email must only be trusted if EmailVerified is true.
	Email         string
	EmailVerified bool
	Name          string
	Groups        []string
}

// Identity is a user's account at an identity provider. Email is the last known address there, for display only.
type Identity struct {
	Issuer, Subject      string
	User                 tenant.UserID
	Email                string
	LinkedAt, LastSeenAt time.Time
}

// GroupRule grants the members of a provider's group a role in a team.
type GroupRule struct {
	Group, Slug string
	Role        tenant.Role
}

// Roles returns the role for each team (by slug) that the groups grant. If several groups grant a role, the strongest counts.
func Roles(rules []GroupRule, groups []string) map[string]tenant.Role {
	roles := map[string]tenant.Role{}
	for _, r := range rules {
		if slices.Contains(groups, r.Group) && r.Role.Rank() > roles[r.Slug].Rank() {
			roles[r.Slug] = r.Role
		}
	}
	return roles
}
