package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/listener"
)

// headerWithin and bodyWithin are how long a client can take to send a request: it is not known before the body was read.
const headerWithin, bodyWithin = 10 * time.Second, time.Minute

// Server is a listening gateway.
type Server struct {
	URL  string // http://127.0.0.1:port
	Port uint16
	http *http.Server
	pool *listener.Pool
	done chan error
	// calls is read-locked by each call in progress, so that Close can wait until they are recorded.
	calls sync.RWMutex
}

// Listen serves h on addr, which must be a loopback address, because only agents on this host may use it. The pool limits the
// connections, and of each sandbox those whose requests have no valid key; nil is no limit.
func Listen(addr string, h http.Handler, pool *listener.Pool) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the model gateway: %w", err)
	}
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok || !at.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("the model gateway must listen on a loopback address, not on %s", l.Addr()), l.Close())
	}
	s := &Server{URL: "http://" + l.Addr().String(), Port: uint16(at.Port), pool: pool, done: make(chan error, 1)}
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.RLock()
		defer s.calls.RUnlock()
		if r.ContentLength < 0 || !r.ProtoAtLeast(1, 1) {
			w.Header().Set("Connection", "close") // net/http does not say whether it ignored another length, behind which a request can hide
		}
		h.ServeHTTP(w, r)
	})
	s.http = &http.Server{Handler: counted, ReadHeaderTimeout: headerWithin, IdleTimeout: 30 * time.Second, ConnContext: listener.InContext}
	go func() { s.done <- s.http.Serve(listener.New(l, listener.Options{Pool: pool})) }()
	return s, nil
}

// Also serves on an additional listener, such as a local socket that is reachable from a network namespace, until Close.
// The limits of one peer apply to the process that connects to the socket.
func (s *Server) Also(l net.Listener) {
	l = listener.New(l, listener.Options{Pool: s.pool, Peer: listener.ByProcess})
	go func() { _ = s.http.Serve(l) }() // returns after Close
}

// Close waits for calls until ctx ends, then aborts them. Aborted calls are recorded like those whose client disconnected.
// It returns when the listeners are closed and every call has been recorded.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close() // the deadline has passed
	}
	s.calls.Lock()
	defer s.calls.Unlock()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		return errors.Join(err, served)
	}
	return err
}
