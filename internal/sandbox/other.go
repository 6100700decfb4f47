//go:build !linux

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

func probe(*Host) {}

// command starts the program as it is: Command has seen to it that somebody consented.
func command(ctx context.Context, s Spec, _ Host) (*exec.Cmd, any, error) {
	cmd := exec.CommandContext(ctx, s.Argv[0], s.Argv[1:]...)
	cmd.Env = append(append([]string{}, s.Env...), markerVar+"="+s.Marker)
	cmd.Dir = s.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil, nil
}

// OpenGroups finds none: control groups are Linux's. A place that was named is an error.
func OpenGroups(where string, _ GroupLimits) (*Groups, error) {
	if where == "off" || where == "auto" {
		return nil, nil
	}
	return nil, errOnlyLinux
}

var errOnlyLinux = errors.New("a sandbox needs Linux")

func runInit(stage) error  { return errOnlyLinux }
func runProbe(stage) error { return errOnlyLinux }
func enter(stage) error    { return errOnlyLinux }

// shell becomes bash with a clean environment, which is all this system offers.
func shell(args []string) error {
	var s Shell
	if err := json.Unmarshal([]byte(os.Getenv(shellVar)), &s); err != nil {
		return fmt.Errorf("read the shell's settings: %w", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the working directory: %w", err)
	}
	spec, err := s.domain(dir)
	if err != nil {
		return err
	}
	if spec, err = spec.proxied(); err != nil {
		return err
	}
	return syscall.Exec(bash, append([]string{bash}, args...), spec.Env)
}

// StartTime tells one process from a later one with the same pid.
func StartTime(pid int) (string, error) {
	out, err := exec.Command("ps", "-o", "lstart=", "-p", fmt.Sprint(pid)).Output()
	if err != nil {
		return "", fmt.Errorf("read process %d: %w", pid, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// KillGroup ends the program pid that Command started and its process group.
func KillGroup(pid int, _ string) error {
	if pid <= 0 {
		return nil
	}
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end process group %d: %w", pid, err)
	}
	return nil
}

// DialSocket connects to a local socket.
func DialSocket(socket string) (net.Conn, error) { return net.Dial("unix", socket) }

// ListenSocket listens on a local socket, in place of what was left there, for its owner alone.
func ListenSocket(socket string) (net.Listener, error) {
	if err := os.RemoveAll(socket); err != nil {
		return nil, fmt.Errorf("clear %s: %w", socket, err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", socket, err)
	}
	return l, os.Chmod(socket, 0o600)
}

func ownerOf(fs.FileInfo) int { return 0 }

// KillSession ends nothing here: a session's processes cannot be told from others.
func KillSession(string) error { return nil }

// Memory measures nothing here.
func Memory([]int) map[int]int64 { return nil }
