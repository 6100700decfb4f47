package opencode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// server is one living process with the one stream of its events.
type server struct {
	team    *team
	process Process
	proc    Proc // nil for an adopted one, which is not our child
	client  *client
	rooms   rooms
	version string
	exited  chan struct{} // closed when our own child has ended
	dead    chan struct{} // closed when the process is lost or stopped
	once    sync.Once     // closes dead

	ctx    context.Context
	cancel context.CancelFunc

	mu        sync.Mutex
	connected chan struct{} // closed while the stream is open; made anew when it breaks
	turns     map[string]*turn
	parents   map[string]string
	config    int            // counts the configs written
	booted    map[string]int // directory → the config its instance has read
}

func newServer(t *team, p Process, proc Proc) *server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{team: t, process: p, proc: proc, client: newClient(p.Port, p.Password, t.dial(p.Port)), rooms: t.rooms(),
		exited: make(chan struct{}), dead: make(chan struct{}), ctx: ctx, cancel: cancel, connected: make(chan struct{}),
		turns: map[string]*turn{}, parents: map[string]string{}, booted: map[string]int{}, config: 1}
	if proc != nil {
		go func() {
			defer close(s.exited)
			_ = catchPanic(t.log, proc.Wait) // how it ended is in its output
		}()
	}
	return s
}

// alive says whether the process still is the one we know.
func (s *server) alive() bool {
	select {
	case <-s.exited:
		return false
	default:
	}
	started, err := s.team.opts.Host.StartTime(s.process.PID)
	return err == nil && started == s.process.StartTime
}

func (s *server) isDead() bool {
	select {
	case <-s.dead:
		return true
	default:
		return false
	}
}

// connect waits until the process answers as it should, then follows its events.
func (s *server) connect(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := s.answers(ctx); err != nil {
		return err
	}
	go func() {
		if err := catchPanic(s.team.log, s.follow); err != nil {
			s.give(err)
		}
	}()
	select {
	case <-s.isConnected():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("open the event stream: %w", ctx.Err())
	}
}

// answers is readiness: the line, the health with the version, and the config, which a healthy server may yet refuse.
func (s *server) answers(ctx context.Context) error {
	for s.proc != nil && !listening(s.rooms) {
		select {
		case <-s.exited:
			return errors.New("OpenCode ended at once")
		case <-ctx.Done():
			return fmt.Errorf("wait for OpenCode to listen: %w", ctx.Err())
		case <-time.After(25 * time.Millisecond):
		}
	}
	h, err := s.probe(ctx)
	if err != nil {
		return err
	}
	minimum := s.team.opts.Minimum
	if minimum == "" {
		minimum = MinimumVersion
	}
	if s.version = h.Version; Older(h.Version, minimum) {
		return &unready{session.Reason{Code: session.RunnerVersion,
			Message: fmt.Sprintf("OpenCode is version %s; this server needs %s or later.", h.Version, minimum)}, errors.New("version refused")}
	}
	if err := s.client.boot(ctx, s.rooms.cwd()); refusedWith(err, 400) {
		return &unready{session.Reason{Code: session.InvalidConfig, Message: "OpenCode refuses the team's config: " + err.Error()}, err}
	} else if err != nil {
		return err
	}
	return nil
}

// probeWithin bounds one question for the health: one that is asked in the moment OpenCode begins to listen may never be answered.
const probeWithin = 2 * time.Second

// probe asks for the health until it is told or ctx ends.
func (s *server) probe(ctx context.Context) (h healthAnswer, err error) {
	for {
		short, cancel := context.WithTimeout(ctx, probeWithin)
		h, err = s.client.health(short)
		silent := short.Err() != nil
		cancel()
		if !silent || ctx.Err() != nil {
			return h, err
		}
	}
}

// configure writes the team's config. An instance reads it when its directory is used for the first time.
func (s *server) configure(c TeamConfig) error {
	changed, err := s.rooms.writeConfig(c.encode())
	s.mu.Lock()
	defer s.mu.Unlock()
	if changed {
		s.config++
	}
	return err
}

// instance makes the directory ready. Its instance starts anew when it read another config; nothing may run there.
func (s *server) instance(ctx context.Context, dir string) error {
	s.mu.Lock()
	booted, want := s.booted[dir], s.config
	adopted := s.proc == nil
	s.mu.Unlock()
	if booted == 0 && adopted {
		booted = 1
	}
	if booted != 0 && booted != want {
		if err := s.client.disposeInstance(ctx, dir); err != nil {
			return err
		}
	}
	if err := s.client.boot(ctx, dir); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.booted[dir] = want
	return nil
}

// follow reads the stream and opens it again for as long as the process lives.
func (s *server) follow() error {
	last, pause := time.Now(), 10*time.Millisecond
	for {
		err := s.readStream(func() { last, pause = time.Now(), 10*time.Millisecond })
		s.broken()
		if s.ctx.Err() != nil || !s.alive() || time.Since(last) > s.team.opts.Reattach {
			s.give(err)
			return nil
		}
		s.team.log.Warn("OpenCode's event stream broke", "error", err)
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
		case <-s.exited:
		}
		pause = min(2*pause, time.Second)
	}
}

// readStream routes events until the stream breaks. A panic breaks it as well: the turns catch up from the history, and the
// stream, which has no replay, does not bring the same event again. read is called after each event; a stream that only
// panics counts as silent.
func (s *server) readStream(read func()) error {
	return catchPanic(s.team.log, func() error {
		return s.client.events(s.ctx, func(e globalEvent) {
			s.take(e)
			read()
		})
	})
}

// give gives the process up: what is left of it is ended, and every turn hears that it is lost.
func (s *server) give(err error) {
	if s.ctx.Err() == nil {
		s.team.log.Warn("OpenCode is lost", "pid", s.process.PID, "error", err)
		if err := s.team.opts.Host.Kill(s.process.PID, s.team.mark(s.process)); err != nil {
			s.team.log.Error("end what a lost OpenCode left", "error", err)
		}
	}
	s.once.Do(func() { close(s.dead) })
	for _, t := range s.all() {
		t.box.push(item{kind: itemDead})
	}
}

// leave stops following without ending the process.
func (s *server) leave() { s.cancel() }

// stop ends the process: first its runs, cleanly, then itself, then whatever is left.
func (s *server) stop(ctx context.Context) error {
	if s.alive() {
		graceful, cancel := context.WithTimeout(ctx, 3*time.Second)
		if err := s.client.disposeAll(graceful); err != nil {
			s.team.log.Warn("dispose OpenCode", "error", err)
		}
		cancel()
	}
	s.cancel() // its stream ends now because we end it
	if s.alive() {
		s.terminate(ctx)
	}
	return s.team.opts.Host.Kill(s.process.PID, s.team.mark(s.process))
}

// terminate asks the process to end and waits a little.
func (s *server) terminate(ctx context.Context) {
	p, err := os.FindProcess(s.process.PID)
	if err != nil || p.Signal(syscall.SIGTERM) != nil {
		return
	}
	deadline := time.NewTimer(2 * time.Second)
	defer deadline.Stop()
	for s.alive() {
		select {
		case <-s.exited:
		case <-deadline.C:
			return
		case <-ctx.Done():
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
