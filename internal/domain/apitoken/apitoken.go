// Package apitoken defines API tokens: their format, hash and scopes.
package apitoken

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Prefix is the start of every token, so that scanners find leaked ones.
const Prefix = "orc_"

// Scope limits a token's permissions to less than those of its owner's membership.
type Scope string

// The scopes, weakest first. A token has the weaker of its scope and its owner's current role.
const (
	Read   Scope = "read"
	Run    Scope = "run"
	Manage Scope = "manage"
)

// Role is the strongest role that a token with this scope can use.
func (s Scope) Role() tenant.Role {
	switch s {
	case Read:
		return tenant.Viewer
	case Run:
		return tenant.Member
	case Manage:
		return tenant.Lead
	}
	return ""
}

// ScopeFor is the weakest scope with which a token can use a role; empty for no role.
func ScopeFor(r tenant.Role) Scope {
	for _, s := range []Scope{Read, Run, Manage} {
		if s.Role() == r {
			return s
		}
	}
	return ""
}

// Token is a stored token. The token's text is never stored.
type Token struct {
	ID         string
	Tenant     tenant.ID
	User       tenant.UserID
	Name       string
	Scope      Scope
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	LastUsedAt *time.Time
	RevokedAt  *time.Time
}

// Mint creates a new token: the text to show once and the hash to store.
func Mint() (text, hash string) {
	var b [32]byte
	_, _ = rand.Read(b[:])
	text = Prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return text, Hash(text)
}

// Hash returns the SHA-256 of a token's text in hex.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// FromHeader returns the token from an Authorization header "Bearer orc_…", or "" if there is none.
func FromHeader(h string) string {
	scheme, rest, ok := strings.Cut(h, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(rest, Prefix) || len(rest) > 100 {
		return ""
	}
	return rest
}
