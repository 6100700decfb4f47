package web

import (
	"net"

	"github.com/industrial-orchestrator/orchestrator/internal/listener"
)

// PerPeer is how many connections one address can have (an IPv6 network of 64 bits counts as one). Each browser tab has a stream, and
// an office has one address.
const PerPeer = 1000

// Limit returns l with the limits of a pool on all connections and on those of one address. Behind a proxy, whose address all people
// share, limitInProgress counts the requests of an address instead.
func (s *Server) Limit(l net.Listener, pool *listener.Pool) net.Listener {
	o := listener.Options{Pool: pool, Log: s.kit.Log}
	if !s.behindProxy() {
		o.Peer = listener.ByAddress
	}
	return listener.New(l, o)
}

func (s *Server) behindProxy() bool { return len(s.kit.Opts.TrustedProxies) > 0 }
