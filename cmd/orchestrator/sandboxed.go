package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// sandboxed starts agent servers in the first domain: their team's home and trees, the gateway, the egress proxy and their own port.
type sandboxed struct {
	rooms   workspace.Rooms
	shell   string
	gateway uint16
	// egress is the proxy's port: a shell may connect where the server it came of may.
	egress     uint16
	openEgress bool
}

type sandboxedProc struct{ *exec.Cmd }

// PID is the process's id on the host.
func (p sandboxedProc) PID() int { return p.Process.Pid }

// Start starts the server as the leader of a session of its own. It is not ended with this program: a restarted one adopts it.
func (h sandboxed) Start(_ context.Context, s opencode.StartSpec) (opencode.Proc, error) {
	if err := h.rooms.Make(s.Tenant); err != nil {
		return nil, err
	}
	env, err := sandbox.Shell{Work: h.rooms.Work(s.Tenant)}.Environ(h.shell)
	if err != nil {
		return nil, err
	}
	port := uint16(s.Port)
	cmd, err := sandbox.Command(context.Background(), sandbox.Spec{
		Argv: s.Argv, Dir: s.Dir, Env: append(s.Env, env...), Marker: s.Generation, Namespaces: true, OpenEgress: h.openEgress,
		ReadOnly:  []string{programDir(s.Argv[0]), h.rooms.Repos(s.Tenant)},
		ReadWrite: []string{h.rooms.Home(s.Tenant), h.rooms.Work(s.Tenant)},
		BindTCP:   []uint16{port}, ConnectTCP: []uint16{port, h.gateway, h.egress},
	})
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = s.Output, s.Output
	return sandboxedProc{cmd}, cmd.Start()
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
