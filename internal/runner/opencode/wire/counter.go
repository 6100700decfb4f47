package wire

import (
	"maps"
	"sync"
)

// Counter counts by name, a thousand names at most. It is safe for concurrent use.
type Counter struct {
	mu sync.Mutex
	n  map[string]int64
}

// Add counts name once more.
func (c *Counter) Add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int64{}
	}
	if len(c.n) < 1000 || c.n[name] > 0 {
		c.n[name]++
	}
}

// All are the counts by name.
func (c *Counter) All() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}
