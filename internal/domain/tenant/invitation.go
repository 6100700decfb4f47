package tenant

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// InvitationLifetime is how long an invitation's link works.
const InvitationLifetime = 7 * 24 * time.Hour

// Invitation lets the owner of one e-mail address join a team. It can be used once, until it expires. Its link is never stored.
type Invitation struct {
	ID     string
	Tenant ID
	Email  string
	Role   Role
	// By is the person who sent the invitation; ByName is their name at that time.
	By                   UserID
	ByName               string
	CreatedAt, ExpiresAt time.Time
}

// Expired reports whether the link has expired.
func (v Invitation) Expired(now time.Time) bool { return !v.ExpiresAt.After(now) }

// For reports whether the invitation is for an e-mail address, ignoring case.
func (v Invitation) For(email string) bool { return FoldEmail(v.Email) == FoldEmail(email) }

// FoldEmail returns the form of an e-mail address to use in comparisons.
func FoldEmail(email string) string { return norm.NFC.String(strings.ToLower(CleanEmail(email))) }

// CleanEmail returns an e-mail address as it is stored: without blanks at its ends, and in NFC, because keyboards of different systems
// type one letter, such as ü, in two ways.
func CleanEmail(email string) string { return norm.NFC.String(strings.TrimSpace(email)) }
