// Package sandbox starts untrusted programs: agent servers, the shells of agents and check commands.
//
// There are two domains. An agent server runs in the outer one, with access to its home, the session's working tree, the gateway's port
// and its own port. Commands of the agent's model run in the inner one, in which the agent server's broker or Run starts them: it has the
// working tree, its git directory, a private home next to it, read access to system files, and no TCP. Neither lies within the other.
// This binary creates both by starting itself again, so Main must be called first in every main and TestMain.
package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"
)

// Spec lists everything that a program may access. Nothing is inherited, and everything else is refused.
type Spec struct {
	// Argv is the program and its arguments. A name without a slash is looked up in the PATH of Env.
	Argv []string
	// Dir is the working directory.
	Dir string
	// Env is the program's whole environment.
	Env []string
	// Secrets are the variables of Env that only the program gets: the stages that start it do not keep them in their environment.
	Secrets []string
	// ReadOnly and ReadWrite are existing files or directories. System files are always readable.
	ReadOnly, ReadWrite []string
	// Pinned are existing files in ReadWrite that the program can neither change, replace, rename nor remove, if Namespaces is true and
	// the host supports it.
	Pinned []string
	// ConnectTCP and BindTCP are the allowed TCP ports.
	ConnectTCP, BindTCP []uint16
	// Proxy is the egress proxy's URL with a credential, for the agents' shell.
	Proxy string
	// OpenEgress lets the program connect anywhere. Only the operator can turn this on.
	OpenEgress bool
	// OwnNetwork gives the program a separate network with only loopback, if the host supports it. All ports are allowed in it,
	// unless ConnectTCP or BindTCP is set.
	OwnNetwork bool
	// Out connects loopback ports inside a separate network to local sockets outside; In connects local sockets outside to ports
	// inside. Without a separate network both have no effect, because the program uses the host's ports.
	Out, In []Bridge
	// Namespaces gives the program separate processes and, if the host supports it, a separate file system. When its first process
	// ends, all processes end.
	Namespaces bool
	// UID is the user and group of the program if Host.Users is true; 0 means the user who starts it.
	UID int
	// GID is the program's group if UID is set; 0 means the group with the number UID.
	GID int
	// ReadAll lets a program that root starts read files of other users within its paths, whatever its own user is.
	ReadAll bool
	// Named gives UID a name in the program's own /etc/passwd, without which ssh refuses to run.
	Named bool
	// Limits are the resource limits of the program.
	Limits Limits
	// DieWithParent ends the program together with the process that started it. Agent servers continue and are adopted.
	DieWithParent bool
	// Marker is set in the environment of the program and its descendants, so that KillGroup finds all of them.
	Marker string
	// Group is where the program's control group is made.
	Group Group
	// Session marks the program and its descendants, so that KillSession finds them.
	Session string
	// Shell makes the program an agent server: a broker beside it starts the shell's programs for it.
	Shell *Shell
	// Caches are the program's tool caches; they require Host.Files.
	Caches Caches
	// AllowUnsandboxed is the consent to run on a host without Landlock.
	AllowUnsandboxed bool
}

// ErrNoSandbox means that the host has no sandbox support and AllowUnsandboxed is not set.
var ErrNoSandbox = errors.New("this host does not support Landlock, and running agents without a sandbox is not allowed")

var errNoMain = errors.New("sandbox.Main was not called at the start of this program")

// Names in the environment.
const (
	markerVar = "ORCHESTRATOR_SANDBOX_MARKER"
	stageVar  = "ORCHESTRATOR_SANDBOX_STAGE"
	hiddenArg = "__sandbox"
)

// ready is true once Main has run. Without Main, starting this binary again would start the whole program.
var ready atomic.Bool

// stage is the input of the started binary, in an environment variable in addition to the program's own.
type stage struct {
	Spec Spec
	// Step is init, enter, broker, serve or probe.
	Step string
	// Command is the number of a program that the broker starts.
	Command uint64
	// Apart is true if init has namespaces of its own; without, it starts the broker and the program, and reaps orphans.
	Apart bool
	// Mask are directories that are hidden by an empty one.
	Mask []string
	// Held is false if the host has no Landlock and AllowUnsandboxed is set.
	Held bool
	// View is true if the program gets a separate file system.
	View bool
	// UserNamespace is true if the program's namespaces belong to a user namespace.
	UserNamespace bool
	// OwnGroup is true if the program starts in a control group of its own.
	OwnGroup bool
}

// limitsPorts reports whether only the listed TCP ports are allowed.
func (s Spec) limitsPorts() bool {
	return !s.OpenEgress && (!s.OwnNetwork || len(s.ConnectTCP)+len(s.BindTCP) > 0)
}

// Command prepares a program in the sandbox as a session leader. The caller sets Stdin, Stdout and Stderr, which must be files if the
// program should outlive the caller. When ctx ends, the whole group is killed.
func Command(ctx context.Context, s Spec) (*exec.Cmd, error) {
	if len(s.Argv) == 0 || !filepath.IsAbs(s.Dir) {
		return nil, errors.New("a sandbox requires a program and an absolute working directory")
	}
	if !ready.Load() {
		return nil, errNoMain
	}
	host := Probe()
	if !host.Holds() && !s.AllowUnsandboxed {
		return nil, ErrNoSandbox
	}
	if s.Marker == "" {
		s.Marker = rand.Text()
	}
	cmd, keep, err := command(ctx, s, host)
	if err != nil {
		return nil, fmt.Errorf("prepare sandbox: %w", err)
	}
	cmd.Cancel = func() error {
		runtime.KeepAlive(keep)
		return KillGroup(cmd.Process.Pid, s.Marker)
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd, nil
}

// selfCommand returns a command that starts this binary with a stage in its environment.
func selfCommand(ctx context.Context, st stage) (*exec.Cmd, error) {
	exe, err := Self()
	if err != nil {
		return nil, err
	}
	env := append([]string{}, st.Spec.Env...)
	if st.Spec.Marker != "" {
		env = append(env, markerVar+"="+st.Spec.Marker)
	}
	st.Spec.Env = nil
	text, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, exe, hiddenArg)
	cmd.Args[0] = "orchestrator" // whatever the file is called: the name can make this binary a shell
	cmd.Env = append(env, stageVar+"="+string(text))
	return cmd, nil
}
