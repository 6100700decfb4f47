// Package id makes identifiers: UUIDv7 text, which sorts by the time it was made.
package id

import "github.com/google/uuid"

// New makes a fresh UUIDv7. It panics only when the system has no randomness.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// Valid says whether s is a UUID in its canonical 36 character form.
func Valid(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s
}

// Short is the first eight characters that differ between ids made close together: what people see.
func Short(s string) string {
	if len(s) < 36 {
		return s
	}
	return s[28:]
}
