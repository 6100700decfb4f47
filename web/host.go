package web

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// knownHost refuses a request for a name that is not this server's: a page elsewhere could otherwise have its own name lead
// here and read what it likes. Probes ask health by whatever address they have, and learn nothing else.
func (s *Server) knownHost(c *fiber.Ctx) error {
	host := strings.ToLower(string(c.Request().Host()))
	if s.hosts[host] || strings.HasPrefix(c.Path(), "/health/") || loopbackAt(host, c.Context().LocalAddr()) {
		return c.Next()
	}
	return fiber.NewError(fiber.StatusMisdirectedRequest, misdirected)
}

const misdirected = "This server is not known under the name in the address. Use the address it was set up with; its operator can allow another name with --allowed-host."

// loopbackAt says whether host names this machine itself at the port that was connected to.
func loopbackAt(host string, at net.Addr) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = host, "80"
	}
	_, own, err := net.SplitHostPort(at.String())
	if err != nil || port != own {
		return false
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return name == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// hostsOf are the names of a server: its public one, with and without the scheme's usual port, and those the operator allowed.
func hostsOf(public string, allowed []string) map[string]bool {
	hosts := map[string]bool{}
	if u, err := url.Parse(public); err == nil && u.Host != "" {
		hosts[strings.ToLower(u.Host)] = true
		if port := map[string]string{"http": "80", "https": "443"}[u.Scheme]; u.Port() == "" {
			hosts[strings.ToLower(u.Host)+":"+port] = true
		} else if u.Port() == port {
			hosts[strings.TrimSuffix(strings.ToLower(u.Host), ":"+port)] = true
		}
	}
	for _, h := range allowed {
		hosts[strings.ToLower(strings.TrimSpace(h))] = true
	}
	return hosts
}
