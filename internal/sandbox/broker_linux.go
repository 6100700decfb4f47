package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox/shim"
)

// The broker starts the programs of a session's shell. It is a sibling of the agent server and in no Landlock domain, so that the domain of
// its programs need not lie within the agent server's: it has no capability, and no file or variable but those of the programs.
// What it starts, and with which rights, comes from the server alone, with its stage.

// The bounds of what the agent server can ask for.
const (
	maxConnections = 64
	maxRequest     = 8 << 20
	requestTimeout = 10 * time.Second
)

// Descriptors of the broker, besides the standard ones.
const brokerSocket, brokerPipe = 3, 4

// variable tells the shell where its broker listens.
func (s Shell) variable() (string, error) { return shim.SocketVar + "=" + s.Socket, nil }

// openBroker listens while the socket's directory can still be written to.
func openBroker(s Spec) (*os.File, error) {
	if s.Shell == nil {
		return nil, nil
	}
	dir := filepath.Dir(s.Shell.Socket)
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755)); err != nil { // the agent server may be of another user
		return nil, fmt.Errorf("create the directory of the broker's socket: %w", err)
	}
	l, err := ListenSocket(s.Shell.Socket)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	if s.UID > 0 {
		if err := os.Lchown(s.Shell.Socket, s.UID, s.UID); err != nil {
			return nil, fmt.Errorf("open the broker's socket: %w", err)
		}
	}
	return l.(*net.UnixListener).File()
}

// startBroker starts the broker from init, which still has its rights, and before the agent server, whose PID is then written to told.
func startBroker(st stage, socket *os.File) (pid int, told *os.File, err error) {
	r, told, err := os.Pipe()
	if err != nil {
		return 0, nil, fmt.Errorf("open a pipe: %w", err)
	}
	defer r.Close()
	defer socket.Close()
	sh := *st.Spec.Shell
	if sh.Caches.Own != "" {
		sh.Caches = Caches{Own: CachesPath} // the agent server's sandbox has mounted them
	}
	cmd, err := selfCommand(context.Background(), stage{Step: "broker", Held: st.Held, Apart: st.Apart,
		Spec: Spec{Env: sh.environ(st.Spec.Env), Shell: &sh, UID: st.Spec.UID}})
	if err != nil {
		return 0, nil, err
	}
	cmd.ExtraFiles, cmd.Stderr, cmd.Dir = []*os.File{socket, r}, os.Stderr, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 0, nil, fmt.Errorf("start the broker: %w", err)
	}
	return cmd.Process.Pid, told, nil
}

// enterBroker gives up all rights and starts this binary again, because those that are given up apply to one thread.
func enterBroker(st stage) error {
	runtime.LockOSThread()
	// The number of the user's processes is limited only where this process changes to that user.
	if err := applyLimits(Spec{UID: st.Spec.UID, Limits: st.Spec.Shell.Limits}); err != nil {
		return err
	}
	if err := dropRights(st.Spec); err != nil {
		return err
	}
	st.Step, st.Spec.UID = "serve", 0
	next, err := selfCommand(context.Background(), st)
	if err != nil {
		return err
	}
	return fmt.Errorf("start the broker: %w", syscall.Exec(next.Path, next.Args, next.Env))
}

// broker is the state of the broker's process.
type broker struct {
	st       stage
	server   int // PID of the agent server
	open     chan struct{}
	commands atomic.Uint64
	running  sync.Map // numbers of commands
}

// serveBroker accepts connections until init ends.
func serveBroker(st stage) error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("protect the broker from other processes: %w", err)
	}
	init := os.Getppid()
	unix.CloseOnExec(brokerSocket)
	unix.CloseOnExec(brokerPipe)
	pipe := os.NewFile(brokerPipe, "pipe")
	var pid [16]byte
	n, err := pipe.Read(pid[:])
	if err != nil {
		return fmt.Errorf("wait for the agent server: %w", err)
	}
	b := &broker{st: st, open: make(chan struct{}, maxConnections)}
	if b.server, err = strconv.Atoi(string(pid[:n])); err != nil {
		return fmt.Errorf("read the agent server's PID: %w", err)
	}
	socket := os.NewFile(brokerSocket, "socket")
	l, err := net.FileListener(socket)
	if err != nil {
		return fmt.Errorf("open the broker's socket: %w", err)
	}
	_ = socket.Close() // l has a copy
	go b.endWith(pipe, init)
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept a command: %w", err)
		}
		if err != nil { // no descriptor or memory is left at the moment
			time.Sleep(acceptAgain)
			continue
		}
		b.admit(c.(*net.UnixConn))
	}
}

// endWith ends all commands and this process when init has ended, which without namespaces takes nothing along.
func (b *broker) endWith(pipe io.Reader, init int) {
	_, _ = io.Copy(io.Discard, pipe) // it ends when init does
	for range 1000 {                 // init closes its files before its children get another parent, by which they are found
		if os.Getppid() != init {
			break
		}
		time.Sleep(time.Millisecond)
	}
	b.running.Range(func(n, _ any) bool {
		_ = killCommand(b.st.Spec.Shell.Session, n.(uint64), 0) // this process ends in any case
		return true
	})
	end(0)
}

// admit checks who has connected at once, while that process lives, and lets only a number of them wait for anything.
func (b *broker) admit(c *net.UnixConn) {
	err := b.isServers(c)
	if err == nil {
		select {
		case b.open <- struct{}{}:
			go func() {
				defer func() { <-b.open }()
				defer c.Close()
				b.serve(c)
			}()
			return
		default:
			err = fmt.Errorf("%d commands run already", maxConnections)
		}
	}
	refuseConn(c, err)
	_ = c.Close()
}

// refuseConn says why. A client that does not read it must not hold up the others.
func refuseConn(c *net.UnixConn, err error) {
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = fmt.Fprintln(c, strings.ReplaceAll(err.Error(), "\n", " ")) // who has gone needs no answer
}

var errNotServers = errors.New("only the agent server can start commands")

// isServers reports whether the agent server or one of its children has connected. No program that the broker starts is one: its parents
// end at the broker, and an orphan's at init.
func (b *broker) isServers(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	process := -1
	if err := raw.Control(func(fd uintptr) {
		if peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			process, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PEERPIDFD) // not on all kernels
		}
	}); err != nil {
		return err
	}
	if process > 0 {
		defer unix.Close(process)
	}
	if err != nil || int(peer.Uid) != os.Getuid() || !descends(int(peer.Pid), b.server) {
		return errNotServers
	}
	if process > 0 && unix.PidfdSendSignal(process, 0, nil, 0) != nil {
		return errNotServers // it has ended, so its PID may have been another's
	}
	return nil
}

// descends reports whether a process is the server or came of it.
func descends(pid, server int) bool {
	for range 64 { // deeper than a program calls its shell
		if pid == server {
			return true
		}
		fields, err := statOf(pid)
		if err != nil || pid <= 1 {
			return false
		}
		pid, _ = strconv.Atoi(fields[1])
	}
	return false
}
