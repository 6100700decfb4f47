// Package factor holds what proves a person beside a password: codes of an authenticator app, recovery codes, passkeys.
package factor

import (
	"time"
)

// State is what a person has set up.
type State struct {
	// AppSince is when the codes of an authenticator app began to count; nil when there is none.
	AppSince *time.Time
	// Recovery is how many recovery codes are left.
	Recovery int
	Passkeys []Passkey
}

// On says whether the person's sign-in has a second step. A refused passkey counts: who copied it must not get rid of the step.
func (s State) On() bool { return s.AppSince != nil || len(s.Passkeys) > 0 }

// Passkey is one registered passkey.
type Passkey struct {
	ID, Name   string
	CreatedAt  time.Time
	LastUsedAt *time.Time
	// RefusedAt is when its counter went back: it may have been copied and opens nothing any more.
	RefusedAt *time.Time
	// Credential is what the browser registered, in the form of this package.
	Credential string
}

// PendingLifetime is how long who has proved the first step may take for the second.
const PendingLifetime = 5 * time.Minute

// Policy is who must have a second factor.
type Policy string

// The policies.
const (
	NeedNone   Policy = "none"
	NeedAdmins Policy = "admins"
	NeedAll    Policy = "all"
)

// Needs says whether a person must have a second factor.
func (p Policy) Needs(admin bool) bool { return p == NeedAll || p == NeedAdmins && admin }
