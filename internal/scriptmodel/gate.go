package scriptmodel

import (
	"context"
	"net/http"
	"sync"
)

// gates are latches by name. Each is reached once and opened once, and then stays open.
type gates struct {
	mu     sync.Mutex
	byName map[string]*gate
}

type gate struct {
	reached, opened chan struct{}
	reach, open     sync.Once
}

func (g *gates) get(name string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byName == nil {
		g.byName = map[string]*gate{}
	}
	if g.byName[name] == nil {
		g.byName[name] = &gate{reached: make(chan struct{}), opened: make(chan struct{})}
	}
	return g.byName[name]
}

// wait marks the gate as reached and waits until it is opened or ctx ends.
func (g *gates) wait(ctx context.Context, name string) error {
	at := g.get(name)
	at.reach.Do(func() { close(at.reached) })
	select {
	case <-at.opened:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Open opens a gate permanently.
func (s *Server) Open(name string) {
	at := s.gates.get(name)
	at.open.Do(func() { close(at.opened) })
}

// Reached returns a channel that is closed when a turn has reached the gate.
func (s *Server) Reached(name string) <-chan struct{} { return s.gates.get(name).reached }

func (s *Server) openGate(w http.ResponseWriter, r *http.Request) {
	s.Open(r.PathValue("name"))
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) awaitGate(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.Reached(r.PathValue("name")):
		w.WriteHeader(http.StatusNoContent)
	case <-r.Context().Done():
	}
}
