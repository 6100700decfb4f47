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

// sandboxed starts agent servers in the first domain: their team's home and trees, the gateway, the egress proxy and their own
// port. Where the host can, each has a network of its own, out of which only doors lead.
type sandboxed struct {
	rooms workspace.Rooms
	shell string
	// doors lead to the gateway and to the proxy: a shell may connect where the server it came of may.
	doors      doors
	openEgress bool
}

type sandboxedProc struct{ *exec.Cmd }

// PID is the process's id on the host.
func (p sandboxedProc) PID() int { return p.Process.Pid }

// Start starts the server as the leader of a session of its own. It is not ended with this program: a restarted one adopts it.
func (h sandboxed) Start(_ context.Context, s opencode.StartSpec) (opencode.Proc, error) {
	spec, err := h.spec(s)
	if err != nil {
		return nil, err
	}
	if err := sandbox.Own(h.rooms.Home(s.Tenant), spec.UID); err != nil {
		return nil, err
	}
	cmd, err := sandbox.Command(context.Background(), spec)
	if errors.Is(err, sandbox.ErrNoSandbox) {
		return nil, fault.New(fault.Unavailable, "This host cannot hold an agent in a sandbox, so none is started. An operator can start the server with --sandbox=off: agents then have the rights of the server itself.").Because(err)
	}
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = s.Output, s.Output
	return sandboxedProc{cmd}, cmd.Start()
}

// spec is all that an agent server may do.
func (h sandboxed) spec(s opencode.StartSpec) (sandbox.Spec, error) {
	if err := h.rooms.Make(s.Tenant); err != nil {
		return sandbox.Spec{}, err
	}
	inner, err := h.rooms.Shell(s.Tenant)
	if err != nil {
		return sandbox.Spec{}, err
	}
	env, err := inner.Environ(h.shell)
	if err != nil {
		return sandbox.Spec{}, err
	}
	in, err := h.doors.in(s.Tenant, s.Port)
	return sandbox.Spec{
		Argv: s.Argv, Dir: s.Dir, Env: append(s.Env, env...), Marker: s.Generation, Namespaces: true, OpenEgress: h.openEgress,
		ReadOnly:  []string{programDir(s.Argv[0]), h.rooms.Repos(s.Tenant)},
		ReadWrite: []string{h.rooms.Home(s.Tenant), h.rooms.Work(s.Tenant)},
		BindTCP:   []uint16{uint16(s.Port)}, ConnectTCP: append(h.doors.ports(), uint16(s.Port)),
		OwnNetwork: !h.openEgress, In: in, Out: h.doors.out, UID: inner.UID, Limits: inner.Limits,
	}, err
}

// programDir is what a program must be able to read of itself: its folder, or all packages where npm installed it.
func programDir(path string) string {
	if before, _, ok := strings.Cut(path, "/node_modules/"); ok {
		return before + "/node_modules"
	}
	return filepath.Dir(path)
}

// StartTime tells a process from a later one with the same pid.
func (sandboxed) StartTime(pid int) (string, error) { return sandbox.StartTime(pid) }

// Kill ends a process, what came of it and what bears its generation.
func (sandboxed) Kill(pid int, generation string) error { return sandbox.KillGroup(pid, generation) }
