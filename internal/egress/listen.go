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
)

// Server is a proxy that listens.
type Server struct {
	*Proxy
	Addr string // 127.0.0.1:port
	Port uint16
	http *http.Server
	done chan error
	stop chan struct{}
	told chan struct{} // closed when tellOn has returned
}

// Listen serves p on addr, which must be of loopback: programs of this host are its only clients.
func Listen(addr string, p *Proxy) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the egress proxy: %w", err)
	}
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok || !at.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("the egress proxy listens on loopback only, not on %s", l.Addr()), l.Close())
	}
	s := &Server{Proxy: p, Addr: l.Addr().String(), Port: uint16(at.Port), done: make(chan error, 1), stop: make(chan struct{}), told: make(chan struct{})}
	s.http = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	go func() { s.done <- s.http.Serve(l) }()
	go s.tellOn()
	return s, nil
}

// Also serves on a further listener, such as a local socket that leads out of a network namespace, until Close.
func (s *Server) Also(l net.Listener) {
	go func() { _ = s.http.Serve(l) }() // it ends with Close
}

// tellOn writes down what came together, until the server closes.
func (s *Server) tellOn() {
	defer close(s.told)
	tick := time.NewTicker(tellEvery / 6)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.tellDue(false)
		case <-s.stop:
			return
		}
	}
}

// tellDue closes the tunnels that may not stay open and reports what has waited for a minute; with all, everything that waits. A
// panic in it is logged: the proxy serves every team.
func (s *Server) tellDue(all bool) {
	err := fault.Catch(func() error {
		s.cut()
		s.tally.flush(all)
		return nil
	})
	if err != nil {
		s.opt.Log.Error("report connections of agents", "error", err)
	}
}

// URL is the proxy's address with a credential, as HTTPS_PROXY takes it.
func (s *Server) URL(u *url.Userinfo) string {
	return (&url.URL{Scheme: "http", User: u, Host: s.Addr}).String()
}

// Close cuts every tunnel and writes down what was counted. It returns when nothing listens any more; call it once.
func (s *Server) Close(ctx context.Context) error {
	close(s.stop)
	select {
	case <-s.told: // it may be about to use the database, which closes after this
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
	s.tellDue(true)
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		return errors.Join(err, served)
	}
	return err
}
