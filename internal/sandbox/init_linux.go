package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// masks are directories with sockets of other programs, which Landlock does not cover yet. A directory that contains one of the
// program's paths is not masked.
func masks(s Spec) []string {
	if s.OpenEgress {
		return nil // DNS lookups need files in /run
	}
	var hidden []string
	for _, dir := range []string{"/run", "/tmp/.X11-unix"} {
		if real, err := filepath.EvalSymlinks(dir); err != nil || real != dir {
			continue
		}
		used := false
		for _, p := range append(append([]string{s.Dir}, s.ReadOnly...), s.ReadWrite...) {
			used = used || p == dir || strings.HasPrefix(p, dir+"/")
		}
		if !used {
			hidden = append(hidden, dir)
		}
	}
	return hidden
}

// ownView sets up the mounts of the namespaces. They are not visible on the host.
func ownView(st stage) error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	if err := pin(st.Spec.Pinned); err != nil {
		return err
	}
	if st.Spec.OwnNetwork {
		if err := loopbackUp(); err != nil {
			return err
		}
	}
	if st.View {
		return showOnly(st)
	}
	if err := errors.Join(ownDirs(""), showGroup("", st.OwnGroup)); err != nil {
		return err
	}
	for _, dir := range st.Mask {
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=0700"); err != nil {
			return fmt.Errorf("hide %s: %w", dir, err)
		}
	}
	return nil
}

// pin makes files mount points that cannot be written to. The kernel refuses to replace, rename or remove a mount point.
func pin(files []string) error {
	for _, f := range files {
		if err := mount(f, f, "", unix.MS_BIND, ""); err != nil {
			return err
		}
		if err := restrictMount(f, unix.MOUNT_ATTR_RDONLY, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
	}
	return nil
}

// ownDirs mounts the namespaces' own directories below root: /proc, shared memory and terminals.
func ownDirs(root string) error {
	for _, d := range []struct{ at, kind, data string }{{"/proc", "proc", ""}, {"/dev/shm", "tmpfs", "mode=1777"}} {
		if err := os.MkdirAll(root+d.at, 0o755); err != nil {
			return fmt.Errorf("create %s: %w", d.at, err)
		}
		if err := mount(d.kind, root+d.at, d.kind, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, d.data); err != nil {
			return err
		}
	}
	return ownTerminals(root)
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("enable loopback: %w", err)
	}
	defer unix.Close(fd)
	var request [40]byte
	copy(request[:], "lo")
	*(*uint16)(unsafe.Pointer(&request[16])) = unix.IFF_UP
	if _, _, no := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); no != 0 {
		return fmt.Errorf("enable loopback: %w", no)
	}
	return nil
}

// runInit is the first process of its namespace. It starts the program and its broker, forwards signals, reaps orphans and exits with
// the program, which ends all other processes in the namespace. Without namespaces it ends them itself.
func runInit(st stage) error {
	runtime.LockOSThread()                                          // without namespaces, the program ends with the thread that started it
	if err := overwrite(os.Getpid(), st.Spec.Secrets); err != nil { // st has them
		return err
	}
	socket, err := prepareInit(st)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	broker, pid, told, err := startBoth(st, socket)
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(told) // the broker ends when it is closed
	if err := keepOnlyKill(); err != nil {
		return err
	}
	go func() {
		for s := range signals {
			_ = unix.Kill(pid, s.(syscall.Signal))
		}
	}()
	code, err := reapUntil(pid, broker)
	if err != nil {
		return err
	}
	if !st.Apart {
		if err := killAll(func() []int { return groupOf(func(p, _ int) bool { return p == broker || descends(p, os.Getpid()) }) }); err != nil {
			return err
		}
	}
	end(code)
	return nil
}

// prepareInit sets up what the program sees, and opens what it no longer will.
func prepareInit(st stage) (socket *os.File, err error) {
	raise, err := openBridges(st.Spec)
	if err != nil {
		return nil, err
	}
	if socket, err = openBroker(st.Spec); err != nil {
		return nil, err
	}
	if st.Apart {
		err = ownView(st)
	} else if err = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		err = fmt.Errorf("become the parent of orphans: %w", err)
	}
	if err != nil {
		return nil, err
	}
	if err := raise(); err != nil {
		return nil, err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("protect init from other processes: %w", err)
	}
	return socket, nil
}

// startBoth starts the broker, if there is one, and the program, and tells the broker which process that is. It returns the pipe between
// init and the broker, which stays open.
func startBoth(st stage, socket *os.File) (broker, program int, told *os.File, err error) {
	if socket != nil {
		if broker, told, err = startBroker(st, socket); err != nil {
			return 0, 0, nil, err
		}
	}
	if program, err = startProgram(st); err != nil || told == nil {
		return broker, program, nil, err
	}
	if _, err := fmt.Fprint(told, program); err != nil {
		return 0, 0, nil, fmt.Errorf("tell the broker about the program: %w", err)
	}
	return broker, program, told, nil
}

// keepOnlyKill drops all capabilities of init except sending signals to another user's program.
func keepOnlyKill() error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	have := [2]unix.CapUserData{}
	if err := unix.Capget(&head, &have[0]); err != nil {
		return fmt.Errorf("read init's capabilities: %w", err)
	}
	kill := have[0].Permitted & (1 << unix.CAP_KILL)
	keep := [2]unix.CapUserData{{Effective: kill, Permitted: kill}}
	if _, _, no := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&keep[0])), 0); no != 0 {
		return fmt.Errorf("drop init's capabilities: %w", no)
	}
	return nil
}

func startProgram(st stage) (int, error) {
	st.Step = "enter"
	st.Spec.Marker, st.Spec.Shell = "", nil // the one is already in the environment, the other is the broker's
	next, err := selfCommand(context.Background(), st)
	if err != nil {
		return 0, err
	}
	next.Dir, next.Stdin, next.Stdout, next.Stderr = st.Spec.Dir, os.Stdin, os.Stdout, os.Stderr
	next.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if !st.Apart {
		next.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	if err := next.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", st.Spec.Argv[0], err)
	}
	return next.Process.Pid, nil
}

// reapUntil returns the program's exit code when it or the broker has ended: without one, the other is of no use.
func reapUntil(pid, broker int) (int, error) {
	for {
		var status syscall.WaitStatus
		got, err := syscall.Wait4(-1, &status, 0, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("wait for the program: %w", err)
		}
		if (got == pid || got == broker) && (status.Exited() || status.Signaled()) {
			return exitCode(status), nil
		}
	}
}

// exitCode returns an exit code like a shell: 128 plus the signal if a signal ended the program.
func exitCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
