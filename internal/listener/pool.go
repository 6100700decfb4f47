package listener

import (
	"net"
	"sync"
)

// Pool counts the open connections of one or more listeners. It is safe for concurrent use. A nil pool has no limits.
type Pool struct {
	most, perPeer, strangers int

	mu    sync.Mutex
	open  int
	peers map[string]*share
}

// share is what one peer has open. Strangers is how many of its connections nobody has admitted.
type share struct {
	conns     map[*conn]struct{}
	strangers int
}

// NewPool returns a pool for most connections in all and perPeer of one peer, of which strangers may be connections that were not
// admitted (Admit). A zero limit of a peer is none. Where all places are taken, a peer with few connections gets one of the peer with the
// most, so that however many peers take all they can, they lock nobody out.
func NewPool(most, perPeer, strangers int) *Pool {
	return &Pool{most: most, perPeer: perPeer, strangers: strangers, peers: map[string]*share{}}
}

// Size is the number of connections that the pool has places for.
func (p *Pool) Size() int { return p.most }

// enter counts a connection, or reports that there is no place for it.
func (p *Pool) enter(c net.Conn, peer string) (net.Conn, bool) {
	if p == nil {
		return c, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if peer != "" && p.isFull(peer) || p.open >= p.most && !p.makeRoom(peer) {
		return nil, false
	}
	counted := &conn{Conn: c, pool: p, peer: peer}
	p.add(counted)
	return counted, true
}

// isFull reports whether a peer has all the connections that it may have.
func (p *Pool) isFull(peer string) bool {
	has := p.peers[peer]
	return has != nil && (p.perPeer > 0 && len(has.conns) >= p.perPeer || p.strangers > 0 && has.strangers >= p.strangers)
}

// makeRoom closes a connection of the peer with the most, unless that would leave it with fewer than the new one's peer.
func (p *Pool) makeRoom(peer string) bool {
	least := 1
	if has := p.peers[peer]; has != nil {
		least += len(has.conns)
	}
	var most *share
	for _, s := range p.peers {
		if len(s.conns) > least {
			most, least = s, len(s.conns)
		}
	}
	if peer == "" || most == nil {
		return false
	}
	for c := range most.conns {
		p.remove(c)
		_ = c.Conn.Close()
		break
	}
	return true
}

func (p *Pool) add(c *conn) {
	p.open++
	if c.peer == "" {
		return
	}
	has := p.peers[c.peer]
	if has == nil {
		has = &share{conns: map[*conn]struct{}{}}
		p.peers[c.peer] = has
	}
	has.conns[c] = struct{}{}
	has.strangers++
}

// remove uncounts a connection, once.
func (p *Pool) remove(c *conn) {
	if c.removed {
		return
	}
	c.admit(false)
	c.removed = true
	p.open--
	if has := p.peers[c.peer]; has != nil {
		delete(has.conns, c)
		if has.strangers--; len(has.conns) == 0 {
			delete(p.peers, c.peer)
		}
	}
}
