// Package hub holds doorbells: a ring says there is something new in the database, never what.
// A missed ring loses nothing, a slow reader slows nobody.
package hub

import (
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Key is what a bell hangs on: a tenant (its list), one session of it, or the dispatcher when both are empty.
type Key struct {
	Tenant  tenant.ID
	Session string
}

// Frame is a live frame without a number: text that still grows. It is dropped for readers that are behind.
type Frame struct {
	PartID, Kind, Text string
}

// Bell wakes one reader. Ring has room for one signal; Frames for a few live frames.
type Bell struct {
	Ring   <-chan struct{}
	Frames <-chan Frame
	ring   chan struct{}
	frames chan Frame
}

// Hub connects who writes with who waits. The zero value is not usable; call New.
type Hub struct {
	mu     sync.RWMutex
	bells  map[Key]map[*Bell]struct{}
	done   chan struct{}
	closed bool
}

// New makes an empty hub.
func New() *Hub { return &Hub{bells: map[Key]map[*Bell]struct{}{}, done: make(chan struct{})} }

// Done is closed when the hub is: streams end by themselves then.
func (h *Hub) Done() <-chan struct{} { return h.done }

// Close ends every stream. It may be called twice.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
}

// Hang hangs a bell on key; call leave when done. Hang it before the first read.
func (h *Hub) Hang(key Key) (b *Bell, leave func()) {
	b = &Bell{ring: make(chan struct{}, 1), frames: make(chan Frame, 64)}
	b.Ring, b.Frames = b.ring, b.frames
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bells[key] == nil {
		h.bells[key] = map[*Bell]struct{}{}
	}
	h.bells[key][b] = struct{}{}
	return b, func() { h.take(key, b) }
}

func (h *Hub) take(key Key, b *Bell) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.bells[key], b)
	if len(h.bells[key]) == 0 {
		delete(h.bells, key)
	}
}

// RingBell wakes every reader of key; it never blocks.
func (h *Hub) RingBell(key Key) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for b := range h.bells[key] {
		select {
		case b.ring <- struct{}{}:
		default:
		}
	}
}

// Live hands a live frame to every reader of key that has room; it never blocks.
func (h *Hub) Live(key Key, f Frame) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for b := range h.bells[key] {
		select {
		case b.frames <- f:
		default:
		}
	}
}
