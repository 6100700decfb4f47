package main

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// sandboxed starts agent servers in the outer of the two sandbox domains, which allows access to their home, their session's working tree,
// the gateway and their own port. Where the host supports it, each has a separate network that can be left only through the bridges.
type sandboxed struct {
	rooms workspace.Rooms
	shell string
	// bridges lead to the gateway, whose port the agent server may connect to, and to the proxy, which is for its shell.
	bridges    bridges
	gateway    uint16
	openEgress bool
}

type sandboxedProc struct{ *exec.Cmd }

// PID is the process ID on the host.
func (p sandboxedProc) PID() int { return p.Process.Pid }

// Start starts the agent server as a session leader. The process outlives this program, and a restarted server adopts it.
func (h sandboxed) Start(_ context.Context, s opencode.StartSpec) (opencode.Proc, error) {
	spec, err := h.spec(s)
	if err != nil {
		return nil, err
	}
	// The runner has written files of its own into the home.
	if err := sandbox.Own(h.rooms.Home(s.Tenant, s.Session), spec.UID); err != nil {
		return nil, err
	}
	cmd, err := sandbox.Command(context.Background(), spec)
	if errors.Is(err, sandbox.ErrNoSandbox) {
		return nil, fault.New(fault.Unavailable, "Agents cannot start because this host has no sandbox support. The operator can start the server with --sandbox=off; agents then have the same permissions as the server.").Because(err)
	}
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = s.Output, s.Stderr()
	return sandboxedProc{cmd}, cmd.Start()
}

// spec lists everything that an agent server may access.
func (h sandboxed) spec(s opencode.StartSpec) (sandbox.Spec, error) {
	if err := h.rooms.Make(s.Tenant, s.Session); err != nil {
		return sandbox.Spec{}, err
	}
	inner, err := h.rooms.ShellWithCaches(s.Tenant, s.Session, s.Repository)
	if err != nil {
		return sandbox.Spec{}, err
	}
	env, err := inner.Environ(h.shell)
	if err != nil {
		return sandbox.Spec{}, err
	}
	in, err := h.bridges.inbound(s.Key, s.Port)
	readOnly := []string{programDir(s.Argv[0]), h.rooms.Conf(s.Tenant, s.Session)}
	if inner.Git != "" { // only git writes there, which runs in the shell's domain
		readOnly = append(readOnly, inner.Git)
	}
	return sandbox.Spec{
		Argv: s.Argv, Dir: s.Dir, Env: append(s.Env, env...), Marker: s.Generation, Group: inner.Group, Namespaces: true, OpenEgress: h.openEgress,
		Secrets: s.Secrets, Shell: &inner,
		ReadOnly:  readOnly,
		ReadWrite: append([]string{h.rooms.Home(s.Tenant, s.Session), inner.Tree}, s.ReadWrite...), Pinned: inner.Pinned(),
		BindTCP: []uint16{uint16(s.Port)}, ConnectTCP: []uint16{h.gateway, uint16(s.Port)},
		OwnNetwork: !h.openEgress, In: in, Out: h.bridges.out, UID: inner.UID, Limits: inner.Limits, Caches: inner.Caches,
	}, err
}

// programDir is the directory that a program must be able to read to run: its own, or all of node_modules if npm installed it.
func programDir(path string) string {
	if before, _, ok := strings.Cut(path, "/node_modules/"); ok {
		return before + "/node_modules"
	}
	return filepath.Dir(path)
}

// StartTime distinguishes a process from a later one with the same PID.
func (sandboxed) StartTime(pid int) (string, error) { return sandbox.StartTime(pid) }

// Hide overwrites secrets in the environment of an agent server and its descendants.
func (sandboxed) Hide(pid int, names ...string) error { return sandbox.Hide(pid, names...) }

// Kill ends a process, its descendants and every process marked with its generation.
func (sandboxed) Kill(pid int, generation string) error { return sandbox.KillGroup(pid, generation) }
