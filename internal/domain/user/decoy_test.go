package user

import (
	"strings"
	"testing"
)

// TestTheDecoyCostsWhatAPasswordCosts compares the part of both hashes that says how they are made.
func TestTheDecoyCostsWhatAPasswordCosts(t *testing.T) {
	t.Parallel()
	real, err := HashPassword("a password")
	if err != nil {
		t.Fatal(err)
	}
	cost := func(hash string) string { return strings.Join(strings.Split(hash, "$")[:4], "$") }
	if cost(decoy) != cost(real) || len(decoy) != len(real) {
		t.Errorf("the decoy is made by %s, passwords by %s", cost(decoy), cost(real))
	}
}
