// Package clock is the time, replaceable in tests.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

// Real is the wall clock in UTC, cut to milliseconds as the databases store it.
type Real struct{}

// Now is the present in UTC with millisecond precision.
func (Real) Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Fake stands still until it is moved; safe for concurrent use.
type Fake struct {
	mu sync.Mutex
	t  time.Time
}

// NewFake starts a fake clock at t.
func NewFake(t time.Time) *Fake { return &Fake{t: t.UTC()} }

// Now is the time last set.
func (f *Fake) Now() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.t }

// Advance moves the clock by d.
func (f *Fake) Advance(d time.Duration) { f.mu.Lock(); defer f.mu.Unlock(); f.t = f.t.Add(d) }
