package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Server is a proxy that listens.
type Server struct {
	*Proxy
	Addr string // 127.0.0.1:port
	Port uint16
	http *http.Server
	done chan error
	stop chan struct{}
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
	s := &Server{Proxy: p, Addr: l.Addr().String(), Port: uint16(at.Port), done: make(chan error, 1), stop: make(chan struct{})}
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
	tick := time.NewTicker(tellEvery / 6)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.cut()
			s.tally.flush(false)
		case <-s.stop:
			return
		}
	}
}

// URL is the proxy's address with a credential, as HTTPS_PROXY takes it.
func (s *Server) URL(u *url.Userinfo) string {
	return (&url.URL{Scheme: "http", User: u, Host: s.Addr}).String()
}

// Close cuts every tunnel and writes down what was counted. It returns when nothing listens any more; call it once.
func (s *Server) Close(context.Context) error {
	close(s.stop)
	err := s.http.Close()
	s.mu.Lock()
	s.closed = true
	for c := range s.tunnels {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.work.Lock()
	defer s.work.Unlock()
	s.tally.flush(true)
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		return errors.Join(err, served)
	}
	return err
}
