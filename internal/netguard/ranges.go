package netguard

import "net/netip"

// metadata are the addresses at which clouds provide the secrets of virtual machines. Link-local addresses are blocked anyway.
var metadata = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("169.254.170.2"), netip.MustParseAddr("fd00:ec2::254"),
	netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16"),
}

// specialRange is a range that cannot contain a provider on the internet (IANA's special-purpose registries).
type specialRange struct {
	netip.Prefix
	why string
}

// special are these ranges. The first that contains an address names its reason.
var special = []specialRange{
	{netip.MustParsePrefix("0.0.0.0/8"), "in the range 0.0.0.0/8"},
	{netip.MustParsePrefix("100.64.0.0/10"), "a carrier-grade NAT address"},
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved"},
	{netip.MustParsePrefix("192.0.2.0/24"), "reserved"},
	{netip.MustParsePrefix("192.88.99.0/24"), "reserved"},
	{netip.MustParsePrefix("198.18.0.0/15"), "reserved"},
	{netip.MustParsePrefix("198.51.100.0/24"), "reserved"},
	{netip.MustParsePrefix("203.0.113.0/24"), "reserved"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("::ffff:0:0:0/96"), "an IPv4 translation address"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "an IPv4 translation address"},
	{netip.MustParsePrefix("2001::/32"), "a tunnel address"},
	{netip.MustParsePrefix("2001::/23"), "reserved"},
	{netip.MustParsePrefix("2001:db8::/32"), "reserved"},
	{netip.MustParsePrefix("2002::/16"), "a tunnel address"},
	{netip.MustParsePrefix("3fff::/20"), "reserved"},
	{netip.MustParsePrefix("fec0::/10"), "private"},
}

// unicast contains every public IPv6 address. The rest of IPv6 is reserved, such as 100::/64 and 5f00::/16, or not assigned yet.
var unicast = netip.MustParsePrefix("2000::/3")

// nat64 addresses contain an IPv4 address in their last four bytes.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// blockReason says why addr is not public, or "" if it is public.
func blockReason(addr netip.Addr) string {
	if nat64.Contains(addr) {
		b := addr.As16()
		return blockReason(netip.AddrFrom4([4]byte(b[12:])))
	}
	for _, m := range metadata {
		if addr == m {
			return "a cloud metadata address"
		}
	}
	if why := blockedKind(addr); why != "" {
		return why
	}
	for _, r := range special {
		if r.Contains(addr) {
			return r.why
		}
	}
	if addr.Is6() && !unicast.Contains(addr) {
		return "reserved"
	}
	return ""
}

func blockedKind(addr netip.Addr) string {
	switch {
	case !addr.IsValid() || addr.IsUnspecified():
		return "unspecified"
	case addr.IsLoopback():
		return "loopback"
	case addr.IsPrivate():
		return "private"
	case addr.IsLinkLocalUnicast():
		return "link-local"
	case addr.IsMulticast():
		return "multicast"
	}
	return ""
}
