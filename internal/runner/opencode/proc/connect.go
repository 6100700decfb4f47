package proc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// connect waits until the process answers as it should, hides its secrets and follows its events.
func (s *Server) connect(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := s.awaitReady(ctx); err != nil {
		return err
	}
	if err := s.agent.opts.Host.Hide(s.process.PID, secretVars...); err != nil {
		return fmt.Errorf("hide OpenCode's secrets: %w", err)
	}
	go s.follow()
	select {
	case <-s.streamOpen():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("open the event stream: %w", ctx.Err())
	}
}

// awaitReady waits for the line, the health with the version, and the config, which a healthy server may yet refuse.
func (s *Server) awaitReady(ctx context.Context) error {
	if err := s.awaitListening(ctx); err != nil {
		return err
	}
	h, err := s.askHealth(ctx)
	if err != nil {
		return err
	}
	s.version = h.Version
	if minimum := s.agent.opts.Minimum; Older(h.Version, minimum) {
		return &Unready{session.Reason{Code: session.RunnerVersion,
			Message: fmt.Sprintf("OpenCode is version %s, but this server requires %s or later.", h.Version, minimum)}, errors.New("version refused")}
	}
	err = s.Client.Boot(ctx, s.home.cwd())
	if wire.RefusedWith(err, 400) {
		return &Unready{session.Reason{Code: session.InvalidConfig, Message: "OpenCode rejected the team's configuration: " + err.Error()}, err}
	}
	return err
}

// awaitListening waits for the line that our own child prints when it listens.
func (s *Server) awaitListening(ctx context.Context) error {
	for s.child != nil && !isListening(s.home) {
		select {
		case <-s.exited:
			return errors.New("OpenCode exited immediately")
		case <-ctx.Done():
			return fmt.Errorf("wait for OpenCode to listen: %w", ctx.Err())
		case <-time.After(25 * time.Millisecond):
		}
	}
	return nil
}

// probeTimeout bounds one question for the health: one that arrives at the moment OpenCode begins to listen may never be
// answered.
const probeTimeout = 2 * time.Second

// askHealth asks for the health until it is answered or ctx ends.
func (s *Server) askHealth(ctx context.Context) (h wire.Health, err error) {
	for {
		short, cancel := context.WithTimeout(ctx, probeTimeout)
		h, err = s.Client.Health(short)
		silent := short.Err() != nil
		cancel()
		if !silent || ctx.Err() != nil {
			return h, err
		}
	}
}
