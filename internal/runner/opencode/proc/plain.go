package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Plain starts processes without a sandbox: for tests and for hosts whose operator consented.
type Plain struct{}

// generationVar marks everything a plain process starts, so that what fled its group is found.
const generationVar = "ORCHESTRATOR_GENERATION"

type plainProc struct{ *exec.Cmd }

// PID is the process's id.
func (p plainProc) PID() int { return p.Process.Pid }

// Start starts the process as the leader of its own group.
func (Plain) Start(_ context.Context, s StartSpec) (Proc, error) {
	cmd := exec.Command(s.Argv[0], s.Argv[1:]...)
	cmd.Dir, cmd.Env = s.Dir, append(s.Env, generationVar+"="+s.Generation)
	cmd.Stdout, cmd.Stderr = s.Output, s.Stderr()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start OpenCode: %w", err)
	}
	return plainProc{cmd}, nil
}

// StartTime is the kernel's word where there is /proc, and that of ps elsewhere.
func (Plain) StartTime(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil {
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 20 || fields[0] == "Z" {
			return "", errors.New("the process has ended")
		}
		return fields[19], nil
	}
	if _, noProc := os.Stat("/proc/self/stat"); noProc == nil {
		return "", fmt.Errorf("read process %d: %w", pid, err)
	}
	out, err := exec.Command("ps", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return "", fmt.Errorf("ask for process %d: %w", pid, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Hide does nothing: a process without a sandbox can read all that this server can.
func (Plain) Hide(int, ...string) error { return nil }

// Kill ends the group and what bears the generation, and waits until they are gone.
func (p Plain) Kill(pid int, generation string) error {
	deadline := time.Now().Add(5 * time.Second)
	dying := map[int]string{}
	for {
		left := pid > 0 && syscall.Kill(-pid, syscall.SIGKILL) == nil
		for _, m := range marked(generation) {
			left = true
			if started, err := p.StartTime(m); err == nil {
				dying[m] = started
			}
			_ = syscall.Kill(m, syscall.SIGKILL) // it may have ended in the meantime
		}
		if !p.anyAlive(dying) && !left {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d did not end", pid)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// anyAlive reports whether one of these processes has not ended: a process loses its environment, and with it its mark, well
// before it closes its files and its port.
func (p Plain) anyAlive(started map[int]string) bool {
	for pid, at := range started {
		if now, err := p.StartTime(pid); err == nil && now == at {
			return true
		}
	}
	return false
}

// marked finds living processes that bear the generation in their environment.
func marked(generation string) (pids []int) {
	if generation == "" {
		return nil
	}
	want := []byte("\x00" + generationVar + "=" + generation + "\x00")
	entries, _ := filepath.Glob("/proc/[0-9]*") // only a bad pattern fails
	for _, e := range entries {
		env, err := os.ReadFile(filepath.Join(e, "environ"))
		if err != nil || !bytes.Contains(append([]byte{0}, env...), want) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(e)); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}
