package proc

import (
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// StandIn is a server without a process, for tests that play OpenCode: they answer what c asks and bring events by Route.
func StandIn(o Options, c *wire.Client, unknown *wire.Counter) *Server {
	s := newServer(NewTeam(o, Key{}, unknown), Process{}, nil)
	s.Client = c
	return s
}

// Route hands on an event as if the stream had brought it.
func (s *Server) Route(e wire.Event) { s.route(e) }
