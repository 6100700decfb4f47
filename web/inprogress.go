package web

import (
	"crypto/sha256"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
	"github.com/industrial-orchestrator/orchestrator/web/places"
)

// perCredential is how many requests and streams of one login or API token can be in progress behind a proxy.
const perCredential = 100

// limitInProgress limits the requests in progress of each address and each credential behind a proxy, where the connections belong to
// the proxy. Without a proxy, Limit counts connections instead.
func (s *Server) limitInProgress(c *fiber.Ctx) error {
	if !s.behindProxy() {
		return c.Next()
	}
	keys := []places.Key{{Name: "peer " + text.Network(webkit.Peer(c)), Most: PerPeer}}
	if credential := s.credentialOf(c); credential != "" {
		hash := sha256.Sum256([]byte(credential))
		keys = append(keys, places.Key{Name: "credential " + string(hash[:]), Most: s.perCredential})
	}
	leave, ok := s.places.Enter(keys...)
	if !ok {
		c.Set(fiber.HeaderRetryAfter, "1")
		return fault.New(fault.Exhausted, "Too many requests of yours are in progress. Close some pages or connections and try again.")
	}
	return places.Hold(c, leave)
}

// credentialOf is what a request authenticates itself with: the API token, else the cookie of the login.
func (s *Server) credentialOf(c *fiber.Ctx) string {
	if strings.HasPrefix(c.Path(), webkit.APIPrefix+"/") || isGit(c.Path()) {
		return c.Get(fiber.HeaderAuthorization)
	}
	return c.Cookies(s.kit.Cookies.Cookie.Name)
}
