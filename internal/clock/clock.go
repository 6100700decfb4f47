// Package clock provides the time and a replacement for tests.
package clock

import (
	"sync"
	"time"
)

// Clock returns the time.
type Clock interface{ Now() time.Time }

// Real is the wall clock in UTC, cut to milliseconds as the databases store it.
type Real struct{}

// Now returns the current time in UTC with millisecond precision.
func (Real) Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Fake does not move by itself; tests advance it. It is safe for concurrent use.
type Fake struct {
	mu sync.Mutex
	t  time.Time
}

// NewFake starts a fake clock at t.
func NewFake(t time.Time) *Fake { return &Fake{t: t.UTC()} }

// Now returns the time of the clock.
func (f *Fake) Now() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.t }

// Advance moves the clock by d.
func (f *Fake) Advance(d time.Duration) { f.mu.Lock(); defer f.mu.Unlock(); f.t = f.t.Add(d) }
