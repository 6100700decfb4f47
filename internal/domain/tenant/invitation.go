package tenant

import (
	"strings"
	"time"
)

// InvitationLifetime is how long an invitation's link works.
const InvitationLifetime = 7 * 24 * time.Hour

// Invitation lets the person of one e-mail address into a team, once, until it expires. The text of its link is never stored.
type Invitation struct {
	ID     string
	Tenant ID
	Email  string
	Role   Role
	// By is who invited; the name is as it was then.
	By                   UserID
	ByName               string
	CreatedAt, ExpiresAt time.Time
}

// Expired says whether the link has stopped working by itself.
func (v Invitation) Expired(now time.Time) bool { return !v.ExpiresAt.After(now) }

// For says whether the invitation is for the person of an e-mail address, in whatever case.
func (v Invitation) For(email string) bool { return FoldEmail(v.Email) == FoldEmail(email) }

// FoldEmail gives the form of an e-mail address that is compared.
func FoldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
