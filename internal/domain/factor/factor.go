// Package factor implements second factors: codes of an authenticator app, recovery codes and passkeys.
package factor

import (
	"time"
)

// State is the second factors of a user.
type State struct {
	// AppSince is when an authenticator app was set up; nil if there is none.
	AppSince *time.Time
	// Recovery is the number of unused recovery codes.
	Recovery int
	Passkeys []Passkey
}

// On reports whether the user's sign-in has a second step. A refused passkey also counts, because somebody who copied it must
// not be able to disable the step.
func (s State) On() bool { return s.AppSince != nil || len(s.Passkeys) > 0 }

// Passkey is one registered passkey.
type Passkey struct {
	ID, Name   string
	CreatedAt  time.Time
	LastUsedAt *time.Time
	// RefusedAt is when its counter went backwards. The passkey may have been copied and is no longer accepted.
	RefusedAt *time.Time
	// Credential is the registered credential in this package's format.
	Credential string
}

// PendingLifetime is the time limit for the second step after the first one.
const PendingLifetime = 5 * time.Minute

// Policy says who must have a second factor.
type Policy string

// The policies.
const (
	NeedNone   Policy = "none"
	NeedAdmins Policy = "admins"
	NeedAll    Policy = "all"
)

// Needs reports whether a user must have a second factor.
func (p Policy) Needs(admin bool) bool { return p == NeedAll || p == NeedAdmins && admin }
