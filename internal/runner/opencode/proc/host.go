package proc

import (
	"context"
	"os"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// StartSpec is a process to start. It outlives the context it was started with, and this server when that is killed.
type StartSpec struct {
	Key
	// Repository is the repository whose clone the process must be able to read; empty without one.
	Repository repository.ID
	Argv       []string
	Dir        string
	Env        []string
	// Secrets are the variables of Env that only the process itself may get.
	Secrets []string
	Home    string
	Port    int
	// Generation marks the process and everything it starts.
	Generation string
	// Output takes stdout and, without Errors, stderr; it is a file, which does not break when this server ends.
	Output, Errors *os.File
	// ReadWrite are directories that the process may use besides those of its session.
	ReadWrite []string
}

// Host starts processes and ends them with everything they started.
type Host interface {
	Start(context.Context, StartSpec) (Proc, error)
	// StartTime distinguishes a process from a later one with the same pid; an error means that the process has ended.
	StartTime(pid int) (string, error)
	// Hide overwrites the values of variables in the environment of a process and of all that came of it, where the kernel shows it to
	// others. It fails if a value can still be read there.
	Hide(pid int, names ...string) error
	// Kill ends a process, what came of it and what bears its generation, and returns when all are gone.
	Kill(pid int, generation string) error
}

// Stderr is Errors, or Output where that is nil.
func (s StartSpec) Stderr() *os.File {
	if s.Errors != nil {
		return s.Errors
	}
	return s.Output
}

// Proc is a started process.
type Proc interface {
	PID() int
	// Wait returns when the process has ended; it is called once.
	Wait() error
}

// Process is what has to be known to adopt a process. Password is secret: the store seals it.
type Process struct {
	PID        int
	StartTime  string
	Port       int
	Password   string
	Generation string
	Version    string
	// OwnConfig is true if what the tree says about its agents counts.
	OwnConfig bool
	// Room is the spare that it was started as; empty if it was started for its session.
	Room      session.ID
	StartedAt time.Time
}

// Processes stores each session's process.
type Processes interface {
	Load(context.Context, Key) (p Process, ok bool, err error)
	Save(context.Context, Key, Process) error
	Delete(context.Context, Key) error
	// Lose is Delete of a process that ended without being stopped.
	Lose(context.Context, Key) error
}
