package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// acceptAgain is the wait after a connection that could not be accepted, usually because too many files are open.
const acceptAgain = 100 * time.Millisecond

// carrier is one end of a bridge: a listener, and a function that connects to the other end.
type carrier struct {
	from net.Listener
	to   func() (net.Conn, error)
}

// openBridges opens the sockets outside while their paths are still visible. raise connects them to ports.
func openBridges(s Spec) (raise func() error, err error) {
	var outs []func() (net.Conn, error)
	for _, b := range s.Out {
		dial, err := dialerOf(b.Socket)
		if err != nil {
			return nil, err
		}
		outs = append(outs, dial)
	}
	var carriers []carrier
	for _, b := range s.In {
		l, err := ListenSocket(b.Socket)
		if err != nil {
			return nil, err
		}
		carriers = append(carriers, carrier{l, func() (net.Conn, error) { return net.Dial("tcp", loopback(b.Port)) }})
	}
	return func() error {
		for i, b := range s.Out {
			l, err := net.Listen("tcp", loopback(b.Port))
			if err != nil {
				return fmt.Errorf("open a bridge: %w", err)
			}
			carriers = append(carriers, carrier{l, outs[i]})
		}
		for _, c := range carriers {
			go c.serve()
		}
		return nil
	}, nil
}

func loopback(port uint16) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))) }

// perBridge is how many connections a bridge carries at once. Each takes six descriptors of its process.
const perBridge = 128

// serve connects each connection to the other end, for the lifetime of the process. Connections beyond perBridge wait.
func (c carrier) serve() {
	places := make(chan struct{}, perBridge)
	for {
		places <- struct{}{}
		from, err := c.from.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			<-places
			time.Sleep(acceptAgain)
			continue
		}
		go func() {
			defer func() { <-places }()
			defer from.Close()
			to, err := c.to()
			if err != nil {
				return // the client's connection closes, as if there were no listener
			}
			defer to.Close()
			Join(from, to)
		}()
	}
}

// Join copies in both directions until both sides have finished.
func Join(a, b net.Conn) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		copyHalf(a, b)
	}()
	copyHalf(b, a)
	<-done
}

// copyHalf copies until from ends, and then ends the writing side of to. An error on one side closes both.
func copyHalf(to, from net.Conn) {
	if _, err := io.Copy(to, from); err != nil {
		_, _ = to.Close(), from.Close()
		return
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the connection may have been closed
	}
}

// dialerOf returns a function that connects to a local socket relative to its opened directory, because the path may be longer than
// a socket address and the directory may become invisible.
func dialerOf(socket string) (func() (net.Conn, error), error) {
	dir, err := unix.Open(filepath.Dir(socket), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the directory of %s: %w", socket, err)
	}
	return func() (net.Conn, error) { return net.Dial("unix", at(dir, socket)) }, nil
}

func at(dir int, socket string) string {
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir, filepath.Base(socket))
}

// DialSocket connects to a local socket whose path may be longer than a socket address.
func DialSocket(socket string) (net.Conn, error) {
	dir, err := unix.Open(filepath.Dir(socket), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the directory of %s: %w", socket, err)
	}
	defer unix.Close(dir)
	return net.Dial("unix", at(dir, socket))
}

// ListenSocket replaces an old socket and listens on a local socket that only its owner can use. The path remains when the listener is
// closed.
func ListenSocket(socket string) (net.Listener, error) {
	dir, err := unix.Open(filepath.Dir(socket), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the directory of %s: %w", socket, err)
	}
	defer unix.Close(dir)
	if err := os.RemoveAll(socket); err != nil {
		return nil, fmt.Errorf("remove %s: %w", socket, err)
	}
	l, err := net.Listen("unix", at(dir, socket))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", socket, err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	return l, os.Chmod(socket, 0o600)
}
