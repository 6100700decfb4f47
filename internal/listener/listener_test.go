package listener

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// script is a listener that returns errors and connections in order, and then waits for its end.
type script struct {
	turns  chan any
	closed chan struct{}
}

func newScript(turns ...any) *script {
	s := &script{make(chan any, len(turns)+8), make(chan struct{})}
	for _, turn := range turns {
		s.turns <- turn
	}
	return s
}

func (s *script) Accept() (net.Conn, error) {
	select {
	case turn := <-s.turns:
		if errno, ok := turn.(syscall.Errno); ok {
			return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", errno)}
		}
		return turn.(net.Conn), nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *script) Close() error   { close(s.closed); return nil }
func (s *script) Addr() net.Addr { return &net.TCPAddr{} }

// from is a connection from an address.
type from struct {
	net.Conn
	address string
	ended   chan struct{}
	end     func()
}

func connFrom(address string) *from {
	ended := make(chan struct{})
	return &from{address: address, ended: ended, end: sync.OnceFunc(func() { close(ended) })}
}

func (f *from) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(mustParse(f.address)) }
func (f *from) Close() error         { f.end(); return nil }

// An error that says nothing about the listener does not end it.
func TestAListenerOutlivesConnectionsThatCannotBeAccepted(t *testing.T) {
	t.Parallel()
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		c := connFrom("192.0.2.1:1")
		l := New(newScript(errno, errno, c), Options{})
		if got, err := l.Accept(); err != nil || got != net.Conn(c) {
			t.Errorf("after %v: %v, %v", errno, got, err)
		}
	}
	if _, err := New(newScript(syscall.EINVAL), Options{}).Accept(); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a listener that is broken: %v", err)
	}
}

// Closing a listener ends its wait for descriptors.
func TestCloseEndsTheWait(t *testing.T) {
	t.Parallel()
	turns := make([]any, 1000)
	for i := range turns {
		turns[i] = syscall.EMFILE
	}
	l := New(newScript(turns...), Options{})
	done := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		done <- err
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("Accept still waits")
	}
}

// A connection beyond the limit of all, or of its peer, is closed, and the next is accepted.
func TestConnectionsBeyondALimitAreClosed(t *testing.T) {
	t.Parallel()
	s := newScript()
	l := New(s, Options{Pool: NewPool(100, 2, 0), Peer: ByAddress})
	accept := func(address string) net.Conn {
		t.Helper()
		s.turns <- connFrom(address)
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	refuse := func(address string) {
		t.Helper()
		c := connFrom(address)
		s.turns <- c
		next := connFrom("198.51.100.1:1")
		s.turns <- next
		got, err := l.Accept()
		if err != nil || got.(*conn).Conn != net.Conn(next) {
			t.Fatalf("%s is accepted: %v, %v", address, got, err)
		}
		<-c.ended
		_ = got.Close()
	}
	a := accept("192.0.2.1:1")
	accept("[::ffff:192.0.2.1]:2")
	refuse("192.0.2.1:3")
	_, _ = a.Close(), a.Close()
	accept("192.0.2.1:4")
	refuse("192.0.2.1:5") // closing twice gives one place back
	accept("[2001:db8:1:2::1]:1")
	accept("[2001:db8:1:2:ffff::2]:1")
	refuse("[2001:db8:1:2:abcd:ef::3]:1")
	accept("[2001:db8:1:3::1]:1")
}
