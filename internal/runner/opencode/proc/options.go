package proc

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// MinimumVersion is the oldest OpenCode that this server runs.
const MinimumVersion = "1.18.33"

// Options say where OpenCode is and what a session's process gets. Zero durations take the product's defaults.
type Options struct {
	// Bin is the program's absolute path.
	Bin string
	// Shell is what the agents' commands are run with; empty leaves OpenCode its own choice.
	Shell string
	// Home is the directory that holds everything a session's process keeps; it is created when it is missing.
	Home func(Key) string
	// Conf is the directory of the process's configuration, which the process only reads; nil puts it into the home.
	Conf func(Key) string
	// TeamHome is the home that the one process of a team had in an earlier version; nil, or a home that does not exist, has no
	// conversations to carry over.
	TeamHome func(tenant.ID) string
	// Kept is the directory of the conversations that a session had before they were cut, which only the server can read; nil keeps none.
	Kept func(Key) string
	// Config reads what a team's agents may use now. It is called before every turn.
	Config func(context.Context, tenant.ID) (TeamConfig, error)
	// Key makes the key of a session's next process at the model gateway, and the generation it belongs to.
	Key func(context.Context, Key) (key, generation string, err error)
	// Host starts and ends processes; nil is Plain, without a sandbox.
	Host Host
	// Dial connects to a session's process that listens on a port of loopback; nil dials that port on this host.
	Dial func(ctx context.Context, k Key, port int) (net.Conn, error)
	// Port chooses the port of a process; nil takes one of loopback that is free on this host.
	Port func() (int, error)
	// Processes stores the running processes, so that the next server can adopt them; nil stores nothing.
	Processes Processes
	// MaxProcesses is how many processes may run at once, idle ones included: a start ends the longest idle ones first. 0 is no
	// limit.
	MaxProcesses int
	// LowMemory reports whether the host has no memory for one more process: a start then ends idle ones. nil never does.
	LowMemory func() bool
	// Spares says how spares are kept; nil keeps none.
	Spares Spares
	// MaxSpares is how many spares a team has at most.
	MaxSpares int
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

// WithDefaults fills in what was left empty.
func (o Options) WithDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Port == nil {
		o.Port = freePort
	}
	if o.Host == nil {
		o.Host = Plain{}
	}
	if o.Conf == nil && o.Home != nil {
		o.Conf = func(k Key) string { return filepath.Join(o.Home(k), "conf") }
	}
	if o.Minimum == "" {
		o.Minimum = MinimumVersion
	}
	o.Idle = orDefault(o.Idle, 10*time.Minute)
	o.StartTimeout = orDefault(o.StartTimeout, time.Minute)
	o.Reattach = orDefault(o.Reattach, 30*time.Second)
	return o
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
