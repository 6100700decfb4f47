package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// publicPosts are the forms of who is nobody yet: a password, a link that works once, or the identity provider says who it is.
var publicPosts = []string{"/login", "/login/oidc", "/login/link/:token", "/login/second", "/login/second/passkey", "/login/passkey", "/setup/:token", "/invitations/:token", "/reset/:token",
	"/hooks/forge/:hook"} // it is signed

// A route that reached the router by another way than handle has no action, and nobody decided who may use it.
func TestEveryRouteHasAnAction(t *testing.T) {
	t.Parallel()
	s := newBareServer()
	seen := 0
	for _, r := range s.Fiber.GetRoutes(true) {
		action := s.kit.Policies[r.Method+" "+r.Path]
		if action == "" {
			t.Errorf("%s %s is registered without an action", r.Method, r.Path)
		}
		if strings.HasPrefix(r.Path, "/t/:slug") && (action == tenant.Public || action == tenant.SignedIn) {
			t.Errorf("%s %s is a team's page but its action %q asks for no membership", r.Method, r.Path, action)
		}
		if r.Method == fiber.MethodPost && action == tenant.Public && !slices.Contains(publicPosts, r.Path) {
			t.Errorf("%s %s changes something but is public", r.Method, r.Path)
		}
		seen++
	}
	if seen != len(s.kit.Policies) || seen < 60 {
		t.Errorf("walked %d routes, %d have an action", seen, len(s.kit.Policies))
	}
}

func TestLocalPathKeepsPeopleHere(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/t/acme/sessions?q=a": "/t/acme/sessions?q=a", "": "/", "t/acme": "/", "//evil.example": "/", "/\\evil.example": "/",
		"https://evil.example/": "/", "/login": "/", "/a\r\nSet-Cookie: x": "/", "/\t/evil.example": "/",
	} {
		if got := webkit.LocalPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}
