package web_test

import (
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
)

// flaky is a listener whose first connections the system cannot accept.
type flaky struct {
	net.Listener
	failures atomic.Int32
	errno    syscall.Errno
}

func (f *flaky) Accept() (net.Conn, error) {
	if f.failures.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", f.errno)}
	}
	return f.Listener.Accept()
}

// A connection that the system cannot accept, because there are too many, does not end the server.
func TestPagesOutliveConnectionsThatTheSystemCannotAccept(t *testing.T) {
	t.Parallel()
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ECONNABORTED} {
		w := newWorld(t)
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l := &flaky{Listener: inner, errno: errno}
		l.failures.Store(3)
		done := make(chan error, 1)
		go func() { done <- w.web.Fiber.Listener(w.web.Limit(l, nil)) }()
		answered := make(chan error, 1)
		go func() {
			resp, err := http.Get("http://" + inner.Addr().String() + "/health/live")
			if err == nil {
				err = resp.Body.Close()
			}
			answered <- err
		}()
		select {
		case err := <-done:
			t.Errorf("after %v the pages ended: %v", errno, err)
			_ = inner.Close()
		case err := <-answered:
			if err != nil {
				t.Errorf("after %v: %v", errno, err)
			}
		}
	}
}
