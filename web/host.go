package web

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// checkHost rejects a request for a host name that is not this server's. Otherwise another site could point its own name at this
// server and read pages through it (DNS rebinding). Health probes may use any name, because they reveal nothing.
func (s *Server) checkHost(c *fiber.Ctx) error {
	host := strings.ToLower(string(c.Request().Host()))
	if s.hosts[host] || strings.HasPrefix(c.Path(), "/health/") || isLoopback(host, c.Context().LocalAddr()) {
		return c.Next()
	}
	return fiber.NewError(fiber.StatusMisdirectedRequest, misdirected)
}

const misdirected = "This server does not accept requests for this host name. Use the URL it was set up with. The operator can allow another name with --allowed-host."

// isLoopback reports whether host names this machine and the port of the connection.
func isLoopback(host string, at net.Addr) bool {
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

// hostsOf are the names of a server: its public one, with and without the scheme's default port, and those that the operator allowed.
func hostsOf(public string, allowed []string) map[string]bool {
	hosts := map[string]bool{}
	if u, err := url.Parse(text.URL(public)); err == nil && u.Host != "" {
		hosts[strings.ToLower(u.Host)] = true
		if port := map[string]string{"http": "80", "https": "443"}[u.Scheme]; u.Port() == "" {
			hosts[strings.ToLower(u.Host)+":"+port] = true
		} else if u.Port() == port {
			hosts[strings.TrimSuffix(strings.ToLower(u.Host), ":"+port)] = true
		}
	}
	for _, h := range allowed {
		hosts[text.Host(strings.TrimSpace(h))] = true
	}
	return hosts
}

// dropSlash answers a page also at its address with a slash at the end, as people type it. It changes nothing about addresses with
// more than one, about the API and about what is sent.
func dropSlash(c *fiber.Ctx) error {
	path, ok := strings.CutSuffix(c.Path(), "/")
	if !ok || path == "" || strings.HasSuffix(path, "/") || strings.HasPrefix(path, webkit.APIPrefix) || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return c.Next()
	}
	c.Path(path)
	return c.RestartRouting()
}
