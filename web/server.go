// Package web wires the pages that people use: the server, its limits, and the one list of routes with the action of each. The
// pages are in the areas below it, what they share in kit. They call verbs of internal/app and show the answers with views; they
// know no SQL and decide no right by themselves.
package web

import (
	webconsole "github.com/industrial-orchestrator/orchestrator/web/console"
	webmodels "github.com/industrial-orchestrator/orchestrator/web/models"
	webpeople "github.com/industrial-orchestrator/orchestrator/web/people"
	webrepos "github.com/industrial-orchestrator/orchestrator/web/repos"
	webwork "github.com/industrial-orchestrator/orchestrator/web/work"

	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Server answers requests. Its Fiber app is safe for concurrent use after New.
type Server struct {
	Fiber   *fiber.App
	app     *app.App
	kit     *webkit.Kit
	hosts   map[string]bool
	people  *webpeople.Pages
	models  *webmodels.Pages
	repos   *webrepos.Pages
	work    *webwork.Pages
	console *webconsole.Pages
}

// bodyLimit bounds what a form or an API call may send.
const bodyLimit = 1 << 20

// New makes a server with every route registered; the caller listens and shuts down.
func New(o webkit.Options) *Server {
	k := webkit.New(o)
	s := &Server{app: o.App, kit: k, hosts: hostsOf(o.PublicURL, o.AllowedHosts), people: webpeople.New(k, o.App), models: webmodels.New(k, o.App),
		repos: webrepos.New(k, o.App), work: webwork.New(k, o.App), console: webconsole.New(k, o.App)}
	s.Fiber = fiber.New(s.fiberConfig())
	s.limitClients()
	s.routes()
	return s
}

func (s *Server) fiberConfig() fiber.Config {
	c := fiber.Config{
		// Fiber reuses the memory of a request's strings; verbs and streams keep them.
		Immutable:      true,
		BodyLimit:      bodyLimit,
		ReadBufferSize: maxHeader,
		ReadTimeout:    headerWithin,
		IdleTimeout:    2 * time.Minute,
		// No WriteTimeout: it would cut every stream. Streams set a deadline for each flush instead.
		ErrorHandler:          s.kit.AnswerError,
		DisableStartupMessage: true,
		// A body is read as a form where one is expected, not before anybody has looked at who sends it.
		DisablePreParseMultipartForm: true,
		StrictRouting:                true,
		CaseSensitive:                true,
	}
	if len(s.kit.Opts.TrustedProxies) > 0 {
		c.ProxyHeader, c.EnableTrustedProxyCheck, c.TrustedProxies = fiber.HeaderXForwardedFor, true, s.kit.Opts.TrustedProxies
		c.EnableIPValidation = true
	}
	return c
}
