package proc

import (
	"context"
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// Server is one living process with the one stream of its events. It is safe for concurrent use.
type Server struct {
	// Client asks the process.
	Client *wire.Client
	// Family maps sub-agents to the conversations that started them.
	Family *Family

	agent   *Agent
	process Process
	child   Proc // nil for an adopted process, which is not our child
	home    home
	version string
	exited  chan struct{} // closed when our own child has ended
	dead    chan struct{} // closed when the process is lost or stopped

	ctx    context.Context
	cancel context.CancelFunc

	mu        sync.Mutex
	connected chan struct{} // closed while the stream is open; replaced when it breaks
	inboxes   map[string]*Inbox
	config    int            // counts the configs written
	booted    map[string]int // directory → the config its instance has read
}

func newServer(a *Agent, p Process, child Proc) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{Client: wire.NewClient(p.Port, p.Password, a.dialer(p.Port)), Family: NewFamily(), agent: a, process: p, child: child, home: a.home(),
		exited: make(chan struct{}), dead: make(chan struct{}), ctx: ctx, cancel: cancel, connected: make(chan struct{}),
		inboxes: map[string]*Inbox{}, booted: map[string]int{}, config: 1}
	if child != nil {
		go func() {
			defer close(s.exited)
			_ = CatchPanic(a.log, child.Wait) // how it ended is in its output
		}()
	}
	return s
}

// Process is what another server needs to adopt this one.
func (s *Server) Process() Process { return s.process }

// isAlive reports whether the process still is the one we know.
func (s *Server) isAlive() bool {
	select {
	case <-s.exited:
		return false
	default:
	}
	started, err := s.agent.opts.Host.StartTime(s.process.PID)
	return err == nil && started == s.process.StartTime
}

// IsDead reports whether the process is lost or stopped; a dead server stays dead.
func (s *Server) IsDead() bool {
	select {
	case <-s.dead:
		return true
	default:
		return false
	}
}

// configure writes the team's config. An instance reads it when its directory is used for the first time.
func (s *Server) configure(c TeamConfig) error {
	changed, err := s.home.writeConfig(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if changed {
		s.config++
	}
	return err
}

// PrepareDir makes the directory ready. An instance that has read an older config is replaced; nothing may run there.
func (s *Server) PrepareDir(ctx context.Context, dir string) error {
	s.mu.Lock()
	booted, want := s.booted[dir], s.config
	s.mu.Unlock()
	if adopted := s.child == nil; booted == 0 && adopted {
		booted = 1
	}
	if booted != 0 && booted != want {
		if err := s.Client.DisposeInstance(ctx, dir); err != nil {
			return err
		}
	}
	if err := s.Client.Boot(ctx, dir); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.booted[dir] = want
	return nil
}
