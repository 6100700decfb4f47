// Package hub has doorbells: a ring means that the database has news, and the reader reads what. A missed ring loses nothing, and
// a slow reader slows down nobody.
package hub

import (
	"math"
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Key identifies what readers wait for. Keys of different kinds are never equal, whatever ids they hold; the zero Key is for a
// reader that only waits for the hub to close, since nobody rings it.
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

// Frame is a growing text, without a number. Readers that are behind do not get it.
type Frame struct {
	PartID, Kind, Text string
}

// Bell wakes one reader. Ring buffers one signal, Frames a few frames.
type Bell struct {
	Ring   <-chan struct{}
	Frames <-chan Frame
	ring   chan struct{}
	frames chan Frame
}

// Hub connects writers with readers. The zero value is not usable; call New.
type Hub struct {
	mu     sync.RWMutex
	bells  map[Key]map[*Bell]struct{}
	done   chan struct{}
	closed bool
}

// New returns an empty hub.
func New() *Hub { return &Hub{bells: map[Key]map[*Bell]struct{}{}, done: make(chan struct{})} }

// Done is closed when the hub closes: streams must end then.
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

// Hang returns a new bell of key, which rings until leave is called. Call Hang before the first read, so that no change falls between the two.
func (h *Hub) Hang(key Key) (b *Bell, leave func()) {
	b, leave, _ = h.HangAtMost(key, math.MaxInt)
	return b, leave
}

// HangAtMost is Hang unless most bells of key hang already; then ok is false.
func (h *Hub) HangAtMost(key Key, most int) (b *Bell, leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.bells[key]) >= most {
		return nil, nil, false
	}
	b = &Bell{ring: make(chan struct{}, 1), frames: make(chan Frame, 64)}
	b.Ring, b.Frames = b.ring, b.frames
	if h.bells[key] == nil {
		h.bells[key] = map[*Bell]struct{}{}
	}
	h.bells[key][b] = struct{}{}
	return b, func() { h.remove(key, b) }, true
}

func (h *Hub) remove(key Key, b *Bell) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.bells[key], b)
	if len(h.bells[key]) == 0 {
		delete(h.bells, key)
	}
}

// RingBell wakes every reader of key. It never blocks.
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

// Live sends a frame to every reader of key that has room for it. It never blocks.
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
