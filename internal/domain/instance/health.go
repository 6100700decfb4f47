package instance

import (
	"strconv"
	"time"
)

// Light is the result of a health check.
type Light string

// The results. Warn needs attention; bad prevents sessions from running or loses data.
const (
	Good Light = "ok"
	Warn Light = "warn"
	Bad  Light = "bad"
)

// Check is one health check of the instance: the current reading and, if it is not good, the cause and what to do.
type Check struct {
	Name, Reading string
	Light         Light
	Why, Do       string
}

// Dark returns the check with a result other than good: the reading, the cause and what to do.
func (c Check) Dark(l Light, reading, why, do string) Check {
	c.Light, c.Reading, c.Why, c.Do = l, reading, why, do
	return c
}

// Worst returns the worst result.
func Worst(cs []Check) Light {
	worst := Good
	for _, c := range cs {
		if c.Light == Bad || c.Light == Warn && worst == Good {
			worst = c.Light
		}
	}
	return worst
}

// Unsealed is the number of audit log entries without a seal.
type Unsealed struct {
	Entries int64
	Oldest  *time.Time
}

// Open writes the number of open live streams.
func Open(n int64) string { return strconv.FormatInt(n, 10) + " open" }
