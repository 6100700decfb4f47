package listener

import (
	"net"
	"net/netip"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// ByAddress names the peer of a TCP connection after its network (text.Network).
func ByAddress(c net.Conn) string {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return text.Network(at.Addr().String())
}
