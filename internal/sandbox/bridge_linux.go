package sandbox

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// carrier is one open end of a bridge.
type carrier struct {
	from net.Listener
	to   func() (net.Conn, error)
}

// openBridges takes hold of the sockets outside while their names are still to be seen; raise joins them with ports.
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
			go c.carry()
		}
		return nil
	}, nil
}

func loopback(port uint16) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))) }

// carry joins each connection with one on the other side, for as long as the process lives.
func (c carrier) carry() {
	for {
		from, err := c.from.Accept()
		if err != nil {
			return
		}
		go func() {
			defer from.Close()
			to, err := c.to()
			if err != nil {
				return // the caller sees its connection end, as when nobody listens
			}
			defer to.Close()
			Join(from, to)
		}()
	}
}

// Join copies both ways until both have said all.
func Join(a, b net.Conn) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		pour(a, b)
	}()
	pour(b, a)
	<-done
}

// pour copies until from has said all, and tells to. A break on one side ends both.
func pour(to, from net.Conn) {
	if _, err := io.Copy(to, from); err != nil {
		_, _ = to.Close(), from.Close()
		return
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // it may have gone meanwhile
	}
}

// dialerOf dials a local socket by the directory it lies in: a name may be longer than a socket's address, and the
// directory may get out of sight.
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

// DialSocket connects to a local socket whose name may be longer than a socket's address.
func DialSocket(socket string) (net.Conn, error) {
	dir, err := unix.Open(filepath.Dir(socket), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the directory of %s: %w", socket, err)
	}
	defer unix.Close(dir)
	return net.Dial("unix", at(dir, socket))
}

// ListenSocket listens on a local socket, in place of what was left there, for its owner alone. The name stays when the
// listener is closed.
func ListenSocket(socket string) (net.Listener, error) {
	dir, err := unix.Open(filepath.Dir(socket), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the directory of %s: %w", socket, err)
	}
	defer unix.Close(dir)
	if err := os.RemoveAll(socket); err != nil {
		return nil, fmt.Errorf("clear %s: %w", socket, err)
	}
	l, err := net.Listen("unix", at(dir, socket))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", socket, err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	return l, os.Chmod(socket, 0o600)
}
