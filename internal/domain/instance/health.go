package instance

import (
	"strconv"
	"time"
)

// Light says how something is.
type Light string

// The lights: warn is worth a look, bad keeps sessions from running or loses something.
const (
	Good Light = "ok"
	Warn Light = "warn"
	Bad  Light = "bad"
)

// Check is one reading of the instance's health: what was measured now, and where it is not good why, and what to do.
type Check struct {
	Name, Reading string
	Light         Light
	Why, Do       string
}

// Dark is the check with a light that is not good: what was read, why it is so and what to do.
func (c Check) Dark(l Light, reading, why, do string) Check {
	c.Light, c.Reading, c.Why, c.Do = l, reading, why, do
	return c
}

// Worst is the worst of some lights.
func Worst(cs []Check) Light {
	worst := Good
	for _, c := range cs {
		if c.Light == Bad || c.Light == Warn && worst == Good {
			worst = c.Light
		}
	}
	return worst
}

// Unsealed is how much of the audit logs the sealer has still to do.
type Unsealed struct {
	Entries int64
	Oldest  *time.Time
}

// Open is a reading of how many live streams there are.
func Open(n int64) string { return strconv.FormatInt(n, 10) + " open" }
