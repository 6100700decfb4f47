// Package sandbox starts programs that are not trusted: agent servers, the shells of agents and check commands.
//
// There are two domains. An agent server runs in the first: the team's directory, the gateway's port and its own.
// What the agent's model asks for runs in the second, entered by the shell shim or by Run: one session's tree,
// a private home beside it, system files to read, no TCP. Both are made by this binary starting itself again,
// so Main comes first in every main and TestMain.
package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"
)

// Spec says what a program may do. Nothing is inherited: what is not named is refused.
type Spec struct {
	// Argv is the program and its arguments; a name without a slash is looked up in the PATH of Env.
	Argv []string
	// Dir is the working directory.
	Dir string
	// Env is the program's whole environment.
	Env []string
	// ReadOnly and ReadWrite are files or directories, which must exist; system files are always readable.
	ReadOnly, ReadWrite []string
	// ConnectTCP and BindTCP are the TCP ports that may be used.
	ConnectTCP, BindTCP []uint16
	// Proxy is the egress proxy's address with a credential, for the agents' shell; see Grants.
	Proxy string
	// OpenEgress lets the program connect anywhere; the operator has to have said so.
	OpenEgress bool
	// OwnNetwork gives a network of its own with nothing but loopback, where the host can; ports are free in there
	// unless ConnectTCP or BindTCP name some.
	OwnNetwork bool
	// Out are loopback ports inside an own network that lead to local sockets outside; In are local sockets outside that
	// lead to ports inside. Without an own network nobody carries: the ports are the host's then.
	Out, In []Bridge
	// Namespaces asks for an own view of processes and, where the host can, of files; ending its first process then ends all.
	Namespaces bool
	// UID is the user and the group the program runs as where Host.Users is true; 0 is the one who starts it.
	UID int
	// ReadAll lets a program of root's read what belongs to other users, within the paths it was given.
	ReadAll bool
	// Limits bound what one program may take.
	Limits Limits
	// DieWithParent ends the program with the process that started it. An agent server is adopted instead.
	DieWithParent bool
	// Marker is put in the environment of everything the program starts, so that KillGroup finds what fled.
	Marker string
	// Session marks everything the program starts, so that KillSession finds it.
	Session string
	// AllowUnsandboxed is the team's consent to run where the host has no Landlock.
	AllowUnsandboxed bool
}

// ErrNoSandbox says that the host cannot hold a program and nobody consented to run it so.
var ErrNoSandbox = errors.New("this host has no Landlock, and running agents without a sandbox was not consented to")

var errNoMain = errors.New("sandbox.Main was not called at the start of this program")

// Names in the environment.
const (
	markerVar = "ORCHESTRATOR_SANDBOX_MARKER"
	stageVar  = "ORCHESTRATOR_SANDBOX_STAGE"
	hiddenArg = "__sandbox"
)

// ready is true once Main has run: without it, starting this binary again would start the whole program.
var ready atomic.Bool

// stage is what travels to the started binary, in its environment, beside the program's own.
type stage struct {
	Spec Spec
	// Step is init, enter or probe.
	Step string
	// Mask are directories hidden behind an empty one.
	Mask []string
	// Held is false where the host has no Landlock and the team consented.
	Held bool
	// View is true where the program gets its own view of files.
	View bool
}

// limitsPorts says whether TCP is held to the ports that are named.
func (s Spec) limitsPorts() bool {
	return !s.OpenEgress && (!s.OwnNetwork || len(s.ConnectTCP)+len(s.BindTCP) > 0)
}

// Command prepares a program in the sandbox as the leader of its own session. The caller sets Stdin, Stdout and Stderr,
// which are files where the program shall outlive the caller. The end of ctx ends the whole group.
func Command(ctx context.Context, s Spec) (*exec.Cmd, error) {
	if len(s.Argv) == 0 || !filepath.IsAbs(s.Dir) {
		return nil, errors.New("a sandbox needs a program and an absolute directory")
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

// again is this binary with a stage in its environment.
func again(ctx context.Context, st stage) (*exec.Cmd, error) {
	exe, err := os.Executable()
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
	cmd.Env = append(env, stageVar+"="+string(text))
	return cmd, nil
}
