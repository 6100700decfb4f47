package proc

import (
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// StandIn is a server without a process, for tests that play OpenCode: they answer the requests of c and deliver events with
// Route.
func StandIn(o Options, c *wire.Client, unknown *wire.Counter) *Server {
	s := newServer(NewAgent(o, Key{}, unknown), Process{}, nil)
	s.Client = c
	return s
}

// Route delivers an event as if it had come from the stream.
func (s *Server) Route(e wire.Event) { s.route(e) }
