package proc

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

const firstPause = 10 * time.Millisecond

// follow reads the events for as long as the process lives, then gives it up.
func (s *Server) follow() {
	err := CatchPanic(s.agent.log, s.followEvents)
	s.giveUp(err)
}

// followEvents reads the stream and opens it again until the process is dead or silent; it returns why.
func (s *Server) followEvents() error {
	last, pause := time.Now(), firstPause
	for {
		err := s.readStream(func() { last, pause = time.Now(), firstPause })
		s.markBroken()
		if s.ctx.Err() != nil || !s.isAlive() || time.Since(last) > s.agent.opts.Reattach {
			return err
		}
		s.agent.log.Warn("OpenCode's event stream broke", "error", err)
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
		case <-s.exited:
		}
		pause = min(2*pause, time.Second)
	}
}

// readStream routes events until the stream breaks. A panic breaks it as well: the turns catch up from the history, and the
// stream, which has no replay, does not bring the same event again. routed is called after each event; a stream that only
// panics counts as silent.
func (s *Server) readStream(routed func()) error {
	return CatchPanic(s.agent.log, func() error {
		return s.Client.Events(s.ctx, func(e wire.Event) {
			s.route(e)
			routed()
		})
	})
}

// giveUp ends what is left of the process; every turn of it is lost.
func (s *Server) giveUp(err error) {
	if s.ctx.Err() == nil {
		s.agent.log.Warn("OpenCode is lost", "pid", s.process.PID, "error", err)
		if err := CatchPanic(s.agent.log, s.kill); err != nil {
			s.agent.log.Error("end what a lost OpenCode left", "error", err)
		}
	}
	close(s.dead)
	s.pushAll(Item{Kind: ProcessLost})
}

// stopFollowing closes the stream without ending the process.
func (s *Server) stopFollowing() { s.cancel() }
