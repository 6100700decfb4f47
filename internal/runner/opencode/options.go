package opencode

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// MinimumVersion is the oldest OpenCode this package drives.
const MinimumVersion = "1.18.33"

// Options say where OpenCode is and what a team's process gets. Zero durations take the product's defaults.
type Options struct {
	// Bin is the program's absolute path.
	Bin string
	// Shell is what the agents' commands are run with; empty leaves OpenCode its own choice.
	Shell string
	// Home is the directory that holds everything a team's process keeps; it is made when it is missing.
	Home func(tenant.ID) string
	// Config reads what a team's agents may use now. It is asked before every turn.
	Config func(context.Context, tenant.ID) (TeamConfig, error)
	// Key makes the key of a team's next process at the model gateway, and the generation it belongs to.
	Key func(context.Context, tenant.ID) (key, generation string, err error)
	// Host starts and ends processes; nil is Plain, without a sandbox.
	Host Host
	// Dial connects to a team's process that listens on a port of loopback; nil dials that port on this host.
	Dial func(ctx context.Context, t tenant.ID, port int) (net.Conn, error)
	// Processes remembers the running processes across the end of this server; nil remembers nothing.
	Processes Processes
	// Idle is how long a process without turns is kept (10 min).
	Idle time.Duration
	// StartTimeout bounds a start until the process is ready (1 min).
	StartTimeout time.Duration
	// Reattach bounds how long a living process may be silent before it counts as lost (30 s).
	Reattach time.Duration
	// Minimum is the oldest version accepted; empty is MinimumVersion.
	Minimum string
	Clock   clock.Clock
	Log     *slog.Logger
}

// TeamConfig is what a team's agents may use.
type TeamConfig struct {
	Providers []Provider
	// Permission is OpenCode's permission object, whose order counts; empty is DefaultPermission.
	Permission json.RawMessage
}

// Provider is one model provider as OpenCode sees it: the gateway.
type Provider struct {
	Slug    string
	NPM     string // the AI SDK package that speaks its protocol, such as @ai-sdk/openai-compatible
	BaseURL string
	Models  []Model
}

// Model is one model with its limits in tokens and its price in micro-dollars per million tokens.
type Model struct {
	ID                                   string
	Context, Output                      int64
	Input, OutputPrice, Read, CacheWrite int64
}

// StartSpec is a process to start. It outlives the context it was started with, and this server when that is killed.
type StartSpec struct {
	Tenant tenant.ID
	Argv   []string
	Dir    string
	Env    []string
	Home   string
	Port   int
	// Generation marks the process and everything it starts.
	Generation string
	// Output takes stdout and stderr; it is a file, which does not break when this server ends.
	Output *os.File
}

// Host starts processes and ends them with everything they started.
type Host interface {
	Start(context.Context, StartSpec) (Proc, error)
	// StartTime tells a process from a later one with the same pid; an error means that it is gone.
	StartTime(pid int) (string, error)
	// Kill ends a process, what came of it and what bears its generation, and returns when all are gone.
	Kill(pid int, generation string) error
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
	StartedAt  time.Time
}

// Processes remembers each team's process.
type Processes interface {
	Load(context.Context, tenant.ID) (p Process, ok bool, err error)
	Save(context.Context, tenant.ID, Process) error
	Delete(context.Context, tenant.ID) error
	// Lose is Delete of a process that ended without being stopped.
	Lose(context.Context, tenant.ID) error
}
