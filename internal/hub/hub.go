// Package hub holds doorbells: a ring says there is something new in the database, never what.
// A missed ring loses nothing, a slow reader slows nobody.
package hub

import (
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Key is what a bell hangs on. Keys of different kinds never meet, whatever ids they hold; the zero Key is for who only waits
// for the hub to close, since nobody rings it.
type Key struct {
	kind   kind
	tenant tenant.ID
	of     string
}

type kind uint8

const (
	ofTeam kind = iota + 1
	ofSession
	ofOrders
	ofPerson
	ofLoop
)

// Team is the key of a team's lists and counts.
func Team(t tenant.ID) Key { return Key{kind: ofTeam, tenant: t} }

// Session is the key of what one session shows.
func Session(t tenant.ID, s session.ID) Key { return Key{ofSession, t, string(s)} }

// Orders is the key of the loop that drives a session: what a person wants of it.
func Orders(t tenant.ID, s session.ID) Key { return Key{ofOrders, t, string(s)} }

// Person is the key of everything a person has open, in all teams.
func Person(u tenant.UserID) Key { return Key{kind: ofPerson, of: string(u)} }

// Loop is the key of one of the server's own loops, by its name.
func Loop(name string) Key { return Key{kind: ofLoop, of: name} }

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
