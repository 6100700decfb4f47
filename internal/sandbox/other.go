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

// command starts the program without a sandbox. Command has checked AllowUnsandboxed.
func command(ctx context.Context, s Spec, _ Host) (*exec.Cmd, any, error) {
	cmd := exec.CommandContext(ctx, s.Argv[0], s.Argv[1:]...)
	cmd.Env = append(append([]string{}, s.Env...), markerVar+"="+s.Marker)
	cmd.Dir = s.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil, nil
}

// OpenGroups returns nil, because only Linux has control groups. An explicit directory is an error.
func OpenGroups(where string, _ GroupLimits) (*Groups, error) {
	if where == "off" || where == "auto" {
		return nil, nil
	}
	return nil, errOnlyLinux
}

var errOnlyLinux = errors.New("a sandbox requires Linux")

func runInit(stage) error      { return errOnlyLinux }
func runProbe(stage) error     { return errOnlyLinux }
func enterSandbox(stage) error { return errOnlyLinux }

func enterBroker(stage) error { return errOnlyLinux }
func serveBroker(stage) error { return errOnlyLinux }

// variable tells the shell what it may know.
func (s Shell) variable() (string, error) {
	text, err := json.Marshal(s)
	return shellVar + "=" + string(text), err
}

func init() { asShell = shell }

// shell executes a program with a clean environment, because this system has no sandbox.
func shell(name string, args []string) error {
	var s Shell
	if err := json.Unmarshal([]byte(os.Getenv(shellVar)), &s); err != nil {
		return fmt.Errorf("read the shell's settings: %w", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the working directory: %w", err)
	}
	argv := s.program(name)
	if argv == nil {
		return fmt.Errorf("there is no program %q", name)
	}
	spec, err := s.domain(dir, os.Environ())
	if err != nil {
		return err
	}
	if spec, err = spec.withProxy(); err != nil {
		return err
	}
	path, err := lookPath(argv[0], spec.Env)
	if err != nil {
		return err
	}
	return syscall.Exec(path, append(argv, args...), spec.Env)
}

// StartTime distinguishes a process from a later one with the same PID.
func StartTime(pid int) (string, error) {
	out, err := exec.Command("ps", "-o", "lstart=", "-p", fmt.Sprint(pid)).Output()
	if err != nil {
		return "", fmt.Errorf("read process %d: %w", pid, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// KillGroup kills the program with the PID that Command started and its process group.
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

// ListenSocket replaces an old socket and listens on a local socket that only its owner can use.
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

// OwnerOf returns this process's own user and group, because this system has no sandbox that could act as another user.
func OwnerOf(fs.FileInfo) (uid, gid int) { return os.Geteuid(), os.Getegid() }

// Hide does nothing, because this system has no sandbox.
func Hide(int, ...string) error { return nil }

// KillSession does nothing, because this system cannot identify a session's processes.
func KillSession(string) error { return nil }

// Unlinked counts nothing, because this system cannot identify a session's processes.
func Unlinked(string, string) (int64, error) { return 0, nil }

// Memory is not implemented on this system.
func Memory([]int) map[int]int64 { return nil }

// CachesInUse returns false, because only Linux has layered caches.
func CachesInUse(string) (bool, error) { return false, nil }

// CanLayer returns why programs cannot have layered caches.
func CanLayer(context.Context, string) error { return errNoOverlay }

// holdBase opens a layer: without locks, nothing is removed while a server runs.
func holdBase(dir string) (*os.File, error) { return os.Open(dir) }
