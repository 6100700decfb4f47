package user

import (
	"slices"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Via says how a login was made.
type Via string

// The ways to sign in.
const (
	ByPassword Via = "password"
	ByProvider Via = "oidc"
	// ByLink is a login that the operator of the host made.
	ByLink Via = "link"
)

// Proof is what an identity provider says about who has just signed in there, after its signature was checked.
type Proof struct {
	Issuer, Subject string
	// Email is worth something only where the provider has verified it.
	Email         string
	EmailVerified bool
	Name          string
	Groups        []string
}

// Identity is a person's account at an identity provider. Email is the one it had there last, for showing.
type Identity struct {
	Issuer, Subject      string
	User                 tenant.UserID
	Email                string
	LinkedAt, LastSeenAt time.Time
}

// GroupRule gives who is in a group of the provider a role in a team.
type GroupRule struct {
	Group, Slug string
	Role        tenant.Role
}

// Roles are the teams that groups give, by slug, with the strongest role where several groups give one.
func Roles(rules []GroupRule, groups []string) map[string]tenant.Role {
	roles := map[string]tenant.Role{}
	for _, r := range rules {
		if slices.Contains(groups, r.Group) && r.Role.Rank() > roles[r.Slug].Rank() {
			roles[r.Slug] = r.Role
		}
	}
	return roles
}
