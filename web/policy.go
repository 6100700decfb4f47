package web

import (
	"maps"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// get registers a page that only reads, for GET and HEAD.
func (s *Server) get(path string, action tenant.Action, h fiber.Handler) {
	s.handle(fiber.MethodGet, path, action, h)
	s.handle(fiber.MethodHead, path, action, h)
}

// post registers a form that changes something.
func (s *Server) post(path string, action tenant.Action, h fiber.Handler) {
	s.handle(fiber.MethodPost, path, action, h)
}

// handle, and git for the git address, are the only places that register a handler, so that no route exists without an action. Tests hold this.
func (s *Server) handle(method, path string, action tenant.Action, h fiber.Handler) {
	s.kit.Policies[method+" "+path] = action
	s.Fiber.Add(method, path, s.kit.Policy(action), h)
}

// git registers a route of the git address, whose sender shows an API token instead of a cookie.
func (s *Server) git(method, path string, action tenant.Action, h fiber.Handler) {
	s.kit.Policies[method+" "+path] = action
	s.Fiber.Add(method, path, s.work.GitPolicy(action, h))
}

// isGit reports whether a path is below a team's git address.
func isGit(path string) bool {
	parts := strings.Split(path, "/")
	return len(parts) > 4 && parts[1] == "t" && parts[3] == "git"
}

// Policies lists every route of pages and API, as method and path, with its action.
func (s *Server) Policies() map[string]tenant.Action {
	all := maps.Clone(s.kit.Policies)
	if s.kit.Opts.API == nil {
		return all
	}
	for route, action := range s.kit.Opts.API.Policies() {
		method, path, _ := strings.Cut(route, " ")
		all[method+" "+webkit.APIPrefix+path] = action
	}
	return all
}
