// Package netguard decides which addresses the server may connect to on behalf of a team: public ones, and others only if the
// operator allows them. It checks the resolved address at the moment of dialling, so that a name that resolves differently
// the second time does not bypass the check.
package netguard

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Guard checks outbound addresses. It is safe for concurrent use.
type Guard struct {
	allow []Allow
	flag  string
	own   *ownPorts
	local func() []netip.Addr
	roots *x509.CertPool
}

// ownPorts are the ports of this program, which a server's guard and its agents' guard share.
type ownPorts struct {
	sync.RWMutex
	ports []uint16
}

// New returns a Guard that permits public addresses and allow, which comes from --allow-net, but never the server's own ports.
func New(allow []Allow, own ...uint16) *Guard {
	return &Guard{allow: slices.Clone(allow), flag: "--allow-net", own: &ownPorts{ports: slices.Clone(own)}, local: interfaceAddrs}
}

// ForAgents returns the Guard for connections of agents: it permits public addresses and allow, which comes from --allow-agent-net,
// instead of the addresses that g permits. Own and Disown of either guard apply to both.
func (g *Guard) ForAgents(allow []Allow) *Guard {
	return &Guard{allow: slices.Clone(allow), flag: "--allow-agent-net", own: g.own, local: g.local}
}

// Trust makes connections through Transport and Client accept certificates of roots, which should contain the host's authorities, too. Call
// it before either.
func (g *Guard) Trust(roots *x509.CertPool) { g.roots = roots }

// Own blocks more ports of this program on this host, even if the operator allows them.
func (g *Guard) Own(ports ...uint16) {
	g.own.Lock()
	defer g.own.Unlock()
	g.own.ports = append(g.own.ports, ports...)
}

// Disown unblocks ports after their listeners have ended.
func (g *Guard) Disown(ports ...uint16) {
	g.own.Lock()
	defer g.own.Unlock()
	g.own.ports = slices.DeleteFunc(g.own.ports, func(p uint16) bool { return slices.Contains(ports, p) })
}

// Check returns a Forbidden fault that names the address if the server may not connect to it.
func (g *Guard) Check(to netip.AddrPort) error {
	addr := to.Addr().Unmap().WithZone("")
	to = netip.AddrPortFrom(addr, to.Port())
	why := blockReason(addr)
	if why == "" && slices.Contains(g.local(), addr) {
		why = "one of this host's addresses"
	}
	if why == "" {
		return nil
	}
	if g.isOwn(to.Port()) {
		return fault.New(fault.Forbidden, "The address %s belongs to this server, and connections to it are never allowed.", to)
	}
	if slices.ContainsFunc(g.allow, func(a Allow) bool { return a.holds(to) }) {
		return nil
	}
	return fault.New(fault.Forbidden, "The address %s is %s. Only the operator can allow it, with %s %s.", to, why, g.flag,
		Allow{netip.PrefixFrom(addr, addr.BitLen()), to.Port()})
}

func (g *Guard) isOwn(port uint16) bool {
	g.own.RLock()
	defer g.own.RUnlock()
	return slices.Contains(g.own.ports, port)
}

// Control is for net.Dialer, which calls it with each resolved address before it connects.
func (g *Guard) Control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return fault.New(fault.Forbidden, "Only TCP connections are allowed, not %s %q.", network, address)
	}
	return g.Check(to)
}

// Dialer returns a dialer that checks every address with the guard.
func (g *Guard) Dialer() *net.Dialer {
	return &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: g.Control}
}

// Transport returns an HTTP transport that connects only through the guard. It ignores proxies in the environment and does not
// decompress.
func (g *Guard) Transport() *http.Transport {
	t := &http.Transport{
		DialContext:         g.Dialer().DialContext,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
	}
	if g.roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: g.roots}
	}
	return t
}

// Client returns an HTTP client that follows no redirects but returns the redirect as the response.
func (g *Guard) Client() *http.Client {
	return &http.Client{Transport: g.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func interfaceAddrs() (all []netip.Addr) {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range found {
		if n, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(n.IP); ok {
				all = append(all, addr.Unmap())
			}
		}
	}
	return all
}
