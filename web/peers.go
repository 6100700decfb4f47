package web

import (
	"net"
	"sync"
)

// perPeer bounds the connections of one address: each browser tab holds a stream, and an office has one address.
const perPeer = 1000

// Limit gives l back with a bound on the connections of one address; what is beyond it is closed at once. Behind a proxy all
// people share its address, so that there is none.
func (s *Server) Limit(l net.Listener) net.Listener {
	if len(s.kit.Opts.TrustedProxies) > 0 {
		return l
	}
	return &peers{Listener: l, most: perPeer, open: map[string]int{}}
}

// peers is a listener that counts the open connections of each address.
type peers struct {
	net.Listener
	most int
	mu   sync.Mutex
	open map[string]int
}

// Accept waits for the next connection of an address that has not too many.
func (p *peers) Accept() (net.Conn, error) {
	for {
		c, err := p.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer, _, err := net.SplitHostPort(c.RemoteAddr().String())
		if err != nil || p.enter(peer) {
			return &peerConn{Conn: c, leave: func() { p.leave(peer) }}, nil
		}
		_ = c.Close()
	}
}

func (p *peers) enter(peer string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[peer] >= p.most {
		return false
	}
	p.open[peer]++
	return true
}

func (p *peers) leave(peer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[peer]--; p.open[peer] <= 0 {
		delete(p.open, peer)
	}
}

// peerConn leaves the count at its end, however often it is closed.
type peerConn struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close ends the connection.
func (c *peerConn) Close() error {
	c.once.Do(c.leave)
	return c.Conn.Close()
}
