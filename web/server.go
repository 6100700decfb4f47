// Package web wires the pages that people use: the server, its limits, and the one list of routes with the action of each. The
// handlers are in the area packages below it, and what they share is in web/kit. Handlers call verbs of internal/app and draw the
// results with views. They use no SQL and check no rights of their own.
package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	webagents "github.com/industrial-orchestrator/orchestrator/web/agents"
	webconsole "github.com/industrial-orchestrator/orchestrator/web/console"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
	webmodels "github.com/industrial-orchestrator/orchestrator/web/models"
	webpeople "github.com/industrial-orchestrator/orchestrator/web/people"
	"github.com/industrial-orchestrator/orchestrator/web/places"
	webrepos "github.com/industrial-orchestrator/orchestrator/web/repos"
	webwork "github.com/industrial-orchestrator/orchestrator/web/work"
)

// Server answers requests. Its Fiber app is safe for concurrent use after New.
type Server struct {
	Fiber *fiber.App
	app   *app.App
	kit   *webkit.Kit
	hosts map[string]bool
	// places counts requests in progress, and perCredential is the limit of one login or token.
	places        places.Places
	perCredential int

	// The areas. A test fails if a package below web with pages is missing here.
	people  *webpeople.Pages
	models  *webmodels.Pages
	agents  *webagents.Pages
	repos   *webrepos.Pages
	work    *webwork.Pages
	console *webconsole.Pages
}

// bodyLimit is the size of the largest body that a form or an API request can send.
const bodyLimit = 1 << 20

// New returns a server with every route registered. The caller listens and shuts down.
func New(o webkit.Options) *Server {
	k := webkit.New(o)
	s := &Server{app: o.App, kit: k, perCredential: perCredential, hosts: hostsOf(o.PublicURL, o.AllowedHosts), people: webpeople.New(k, o.App), models: webmodels.New(k, o.App),
		agents: webagents.New(k, o.App), repos: webrepos.New(k, o.App), work: webwork.New(k, o.App), console: webconsole.New(k, o.App)}
	s.Fiber = fiber.New(s.fiberConfig())
	s.limitClients()
	s.routes()
	return s
}

func (s *Server) fiberConfig() fiber.Config {
	return fiber.Config{
		// Verbs and streams keep strings of a request, whose memory Fiber would reuse.
		Immutable:      true,
		BodyLimit:      bodyLimit,
		ReadBufferSize: maxHeader,
		ReadTimeout:    headerWithin,
		IdleTimeout:    s.idleWithin(),
		// A WriteTimeout would cut every stream. Streams set a deadline for each flush instead.
		ErrorHandler:          s.kit.AnswerError,
		DisableStartupMessage: true,
		// A body is parsed as a form by the handler that expects one, after its sender was checked.
		DisablePreParseMultipartForm: true,
		StrictRouting:                true,
		CaseSensitive:                true,
		// No header of a proxy is read here: web/kit finds the peer, and names of hosts and schemes come from the settings.
		EnableTrustedProxyCheck: true,
	}
}
