package netguard

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Allow permits connections to one port of an address range.
type Allow struct {
	Prefix netip.Prefix
	Port   uint16
}

// ParseAllow reads the value of --allow-net: "127.0.0.1/32:4010", "[::1]/128:4010" or, for one address, "127.0.0.1:4010".
func ParseAllow(s string) (Allow, error) {
	bad := fault.New(fault.Invalid, "%q is not valid. Use an address range and a port, such as 127.0.0.1/32:4010.", s)
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return Allow{}, bad
	}
	port, err := strconv.ParseUint(s[colon+1:], 10, 16)
	if err != nil || port == 0 {
		return Allow{}, bad
	}
	prefix, err := parsePrefix(s[:colon])
	if err != nil {
		return Allow{}, bad.Because(err)
	}
	return Allow{prefix, uint16(port)}, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	bracketed := strings.HasPrefix(s, "[")
	s = strings.NewReplacer("[", "", "]", "").Replace(s)
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		if err == nil && p.Addr().Is4In6() {
			return p, fmt.Errorf("%s is an IPv4-mapped IPv6 address", s)
		}
		return p.Masked(), err
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	if addr.Is6() && !bracketed {
		return netip.Prefix{}, fmt.Errorf("%s must be in brackets", s)
	}
	return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
}

// String returns the form that ParseAllow reads.
func (a Allow) String() string {
	if a.Prefix.Addr().Is6() {
		return fmt.Sprintf("[%s]/%d:%d", a.Prefix.Addr(), a.Prefix.Bits(), a.Port)
	}
	return fmt.Sprintf("%s:%d", a.Prefix, a.Port)
}

func (a Allow) holds(to netip.AddrPort) bool {
	return a.Port == to.Port() && a.Prefix.Contains(to.Addr())
}
