package listener

import (
	"net"
	"net/netip"
)

// ByAddress names the peer of a TCP connection after its network (Network).
func ByAddress(c net.Conn) string {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return Network(at.Addr().String())
}

// Network is what one client of the internet can choose its addresses from: an IPv4 address, or the /64 of an IPv6 address.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
