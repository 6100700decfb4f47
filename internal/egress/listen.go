package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/listener"
)

// Server is a listening proxy.
type Server struct {
	*Proxy
	Addr       string // 127.0.0.1:port
	Port       uint16
	http       *http.Server
	done       chan error
	stop       chan struct{}
	maintained chan struct{} // closed when maintain has returned
}

// Listen serves p on addr, which must be a loopback address, because only programs on this host may use it.
func Listen(addr string, p *Proxy) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the egress proxy: %w", err)
	}
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok || !at.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("the egress proxy must listen on a loopback address, not on %s", l.Addr()), l.Close())
	}
	s := &Server{Proxy: p, Addr: l.Addr().String(), Port: uint16(at.Port), done: make(chan error, 1), stop: make(chan struct{}), maintained: make(chan struct{})}
	s.http = &http.Server{Handler: p, ReadHeaderTimeout: p.opt.HeaderWithin, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 64 << 10}
	s.http.ConnContext = listener.InContext
	go func() { s.done <- s.http.Serve(listener.New(l, listener.Options{Pool: p.opt.Pool, Log: p.opt.Log})) }()
	go s.maintain()
	return s, nil
}

// Also serves on an additional listener, such as a local socket that is reachable from a network namespace, until Close. The limits of
// one peer apply to the process that connects to the socket.
func (s *Server) Also(l net.Listener) {
	l = listener.New(l, listener.Options{Pool: s.opt.Pool, Peer: listener.ByProcess, Log: s.opt.Log})
	go func() { _ = s.http.Serve(l) }() // returns after Close
}

// maintain closes revoked tunnels and records collected connections, until the server closes.
func (s *Server) maintain() {
	defer close(s.maintained)
	tick := time.NewTicker(recordEvery / 6)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.recordDue(false)
		case <-s.stop:
			return
		}
	}
}

// recordDue closes revoked tunnels and records the connections that have waited for a minute, or all of them. It logs a panic, because
// the proxy serves every team.
func (s *Server) recordDue(all bool) {
	err := fault.Catch(func() error {
		s.closeRevoked()
		s.tally.flush(all)
		return nil
	})
	if err != nil {
		s.opt.Log.Error("cannot record connections of agents", "error", err)
	}
}

// URL is the proxy's URL with a credential, in the format of HTTPS_PROXY.
func (s *Server) URL(u *url.Userinfo) string {
	return (&url.URL{Scheme: "http", User: u, Host: s.Addr}).String()
}

// Close closes every tunnel and records the remaining counts. It returns when the listeners are closed. Call it only once.
func (s *Server) Close(ctx context.Context) error {
	close(s.stop)
	select {
	case <-s.maintained: // it may still use the database, which is closed after this
	case <-ctx.Done():
	}
	err := s.http.Close()
	s.mu.Lock()
	s.closed = true
	for c := range s.tunnels {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.work.Lock()
	defer s.work.Unlock()
	s.recordDue(true)
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		return errors.Join(err, served)
	}
	return err
}
