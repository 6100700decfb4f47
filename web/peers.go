package web

import (
	"net"
	"sync"
)

// perPeer is how many connections one address can have. Each browser tab has a stream, and an office has one address.
const perPeer = 1000

// Limit returns l with a limit on the connections of one address. Further connections are closed immediately. Behind a proxy, whose
// address all people share, limitInProgress counts requests instead.
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

// Accept waits for the next connection of an address that is below the limit.
func (p *peers) Accept() (net.Conn, error) {
	for {
		c, err := p.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer, _, err := net.SplitHostPort(c.RemoteAddr().String())
		if err != nil || p.add(peer) {
			return &peerConn{Conn: c, leave: func() { p.remove(peer) }}, nil
		}
		_ = c.Close()
	}
}

func (p *peers) add(peer string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[peer] >= p.most {
		return false
	}
	p.open[peer]++
	return true
}

func (p *peers) remove(peer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[peer]--; p.open[peer] <= 0 {
		delete(p.open, peer)
	}
}

// peerConn is removed from the count once, however often it is closed.
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
