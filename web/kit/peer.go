package kit

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

type peerKey struct{}

// Peer is the address that a request came from: that of the connection or, behind a trusted proxy, the one that the proxy saw. A
// client cannot choose it.
func Peer(c *fiber.Ctx) string {
	p, _ := c.Locals(peerKey{}).(string)
	return p
}

// peerOf reads the proxies' header from its end, where the nearest proxy wrote. The first address that is no trusted proxy is the
// client; whatever stands before it was written by the client.
func (s *Kit) peerOf(c *fiber.Ctx) string {
	peer := c.Context().RemoteIP().String()
	if !s.isProxy(peer) {
		return peer
	}
	hops := forwardedFor(c)
	for _, hop := range slices.Backward(hops) {
		address, ok := addressOf(hop)
		if !ok {
			return peer
		}
		if peer = address; !s.isProxy(peer) {
			return peer
		}
	}
	return peer
}

// forwardedFor is the list of all X-Forwarded-For headers, in their order.
func forwardedFor(c *fiber.Ctx) (hops []string) {
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	return hops
}

// addressOf reads one address of the header, which some proxies write with a port.
func addressOf(hop string) (string, bool) {
	hop = strings.TrimSpace(hop)
	if at, err := netip.ParseAddrPort(hop); err == nil {
		return at.Addr().Unmap().WithZone("").String(), true
	}
	ip, err := netip.ParseAddr(strings.Trim(hop, "[]"))
	return ip.Unmap().WithZone("").String(), err == nil
}

// isProxy reports whether an address belongs to a proxy that the operator trusts.
func (s *Kit) isProxy(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

// proxiesOf parses the operator's list of addresses and address ranges. What does not parse trusts nobody.
func proxiesOf(list []string) (all []netip.Prefix) {
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if ip, errIP := netip.ParseAddr(text); errIP == nil {
			p, err = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
		}
		if err == nil {
			all = append(all, p.Masked())
		}
	}
	return all
}
