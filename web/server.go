// Package web serves the pages people use: routes with their policies, the cookie, forms, answers and live streams.
// It asks verbs of internal/app and shows what they answer with views; it knows no SQL and decides no right by itself.
package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Options are the operator's decisions that pages obey.
type Options struct {
	App *app.App
	// PublicURL is where people reach this server; its scheme decides the cookie's name and Secure. Empty is plain http on loopback.
	PublicURL string
	// InsecureHTTP and Demo are said on every page; Banners are further sentences the operator should see.
	InsecureHTTP, Demo bool
	Banners            []string
	Version            string
	// NetworkNote is why this host does not hold sessions to their repository's network list; empty where it does.
	NetworkNote string
	// AllowedHosts are further names under which this server may be asked, beside the public one and loopback.
	AllowedHosts []string
	// TrustedProxies may name the client's address in X-Forwarded-For; without any, the peer's own address counts.
	TrustedProxies []string
	// Settings are those of the server's start, for the operator to see; secrets are masked.
	Settings []Setting
	// MetricsToken opens /metrics to who sends it as Bearer; empty leaves /metrics to MetricsApp's own listener.
	MetricsToken string
	// SignInNotice is what the operator says on the sign-in page, by paragraphs.
	SignInNotice []string
	// SecondFactor is who must have a second factor and can do nothing else before it is set up; empty is nobody.
	SecondFactor factor.Policy
	// API is the machine's interface below /api/v1; nil serves pages only.
	API   API
	Clock clock.Clock
	Log   *slog.Logger
}

// API is what web/api gives: its routes and the action that opens each, the writer of every error below /api/v1, how many of
// its streams are open.
type API interface {
	Routes(fiber.Router)
	Refuse(*fiber.Ctx, error) error
	Streams() int64
	Policies() map[string]tenant.Action
}

// apiPrefix is where the API is mounted.
const apiPrefix = "/api/v1"

// Server answers requests. Its Fiber app is safe for concurrent use after New.
type Server struct {
	Fiber    *fiber.App
	app      *app.App
	opts     Options
	clock    clock.Clock
	log      *slog.Logger
	cookies  *scs.SessionManager
	origin   *http.CrossOriginProtection
	secure   bool
	hosts    map[string]bool
	policies map[string]tenant.Action
	streams  streamCount
	// views are the views of a team's pages, by the name of the page; restless names those that paint at every turn.
	views    map[string]viewOf
	restless map[string]bool
}

// bodyLimit bounds what a form or an API call may send.
const bodyLimit = 1 << 20

// New makes a server with every route registered; the caller listens and shuts down.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	s := &Server{app: o.App, opts: o, clock: o.Clock, log: o.Log, policies: map[string]tenant.Action{}, origin: http.NewCrossOriginProtection()}
	if u, err := url.Parse(o.PublicURL); err == nil && u.Host != "" {
		s.secure = u.Scheme == "https"
		// Behind a proxy the Host that arrives may be another; the public origin is ours all the same.
		_ = s.origin.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	s.hosts = hostsOf(o.PublicURL, o.AllowedHosts)
	s.cookies = s.newCookies()
	s.views = map[string]viewOf{"sessions": s.listViewOf, "overview": same(s.overviewRegions), "needs-you": same(s.needsRegions),
		"repositories": same(s.repositoryRegions), "budget": same(s.budgetRegions)}
	s.restless = map[string]bool{"repositories": true} // the progress of a clone rings no bell
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
		ErrorHandler:          s.answerError,
		DisableStartupMessage: true,
		// A body is read as a form where one is expected, not before anybody has looked at who sends it.
		DisablePreParseMultipartForm: true,
		StrictRouting:                true,
		CaseSensitive:                true,
	}
	if len(s.opts.TrustedProxies) > 0 {
		c.ProxyHeader, c.EnableTrustedProxyCheck, c.TrustedProxies = fiber.HeaderXForwardedFor, true, s.opts.TrustedProxies
		c.EnableIPValidation = true
	}
	return c
}
