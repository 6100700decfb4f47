// Package id creates identifiers: UUIDv7 text, which sorts by creation time.
package id

import "github.com/google/uuid"

// New returns a new UUIDv7. It panics only if the system has no randomness.
func New() string { return uuid.Must(uuid.NewV7()).String() }

// Valid reports whether s is a UUID in its canonical form of 36 characters.
func Valid(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s
}

// Short returns the part of an id that people see: its last eight characters, which differ even between ids of the same moment.
func Short(s string) string {
	if len(s) < 36 {
		return s
	}
	return s[28:]
}
