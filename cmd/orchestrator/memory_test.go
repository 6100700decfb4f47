package main

import "testing"

// TestMemoryIsReservedFromTheClaim: a session that is active and has no process yet takes its room already; the process of a session
// that is not active gives its room back.
func TestMemoryIsReservedFromTheClaim(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		spare           int64
		running, active int
		want            int
	}{
		{"nothing runs", 3 * processMemory, 0, 0, 3},
		{"two are claimed", 3 * processMemory, 0, 2, 1},
		{"they have their memory", 1 * processMemory, 2, 2, 1},
		{"no memory is left", 0, 2, 2, 0},
		{"one of them is idle", 0, 2, 1, 1},
		{"less than nothing is left", -5 * processMemory, 2, 1, 1},
		{"more are claimed than fit", processMemory, 0, 3, -2},
	} {
		if got := roomIn(c.spare, c.running, c.active); got != c.want {
			t.Errorf("%s: room for %d, want %d", c.name, got, c.want)
		}
	}
}
