// Package kit is what the pages of several areas share: answers, refusals, the cookie and the visit, policies, the frame around a
// page, forms, and live streams. It serves no page of its own. What one area alone uses belongs to that area.
package kit

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/alexedwards/scs/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/web/places"
)

// Options are the operator's settings that pages depend on. Clock and Log have defaults.
type Options struct {
	App *app.App
	// PublicURL is where people reach this server; its scheme decides the cookie's name and Secure. Empty is plain http on loopback.
	PublicURL string
	// InsecureHTTP and Demo are marked on every page; Banners are further sentences for the operator.
	InsecureHTTP, Demo bool
	Banners            []string
	Version            string
	// NetworkNote explains why this host does not enforce the network lists of repositories; empty where it does.
	NetworkNote string
	// AllowedHosts are further host names that this server answers, besides the public one and loopback.
	AllowedHosts []string
	// TrustedProxies are addresses and address ranges of proxies, whose X-Forwarded-For is read; see Peer.
	TrustedProxies []string
	// Settings are the settings that the server started with, shown to admins; secrets are masked.
	Settings []Setting
	// MetricsToken gives access to /metrics as a Bearer token; without it only MetricsApp serves the figures.
	MetricsToken string
	// SignInNotice is the operator's text on the sign-in page, by paragraphs.
	SignInNotice []string
	// SecondFactor decides who must set up a second factor before anything else; empty is nobody.
	SecondFactor factor.Policy
	// API serves programs below /api/v1; nil serves pages only.
	API   API
	Clock clock.Clock
	Log   *slog.Logger
}

// API is what web/api provides: its routes with the action of each, the writer of every error below /api/v1, the number of open
// streams, and its description.
type API interface {
	Routes(fiber.Router)
	Refuse(*fiber.Ctx, error) error
	Streams() int64
	// Document is the OpenAPI document; it is complete after Routes.
	Document() []byte
	Policies() map[string]tenant.Action
}

// APIPrefix is where the API is mounted.
const APIPrefix = "/api/v1"

// Setting is one setting that the server started with, as the console shows it.
type Setting struct{ Name, Value, Help string }

// Kit holds what the pages of several areas share. It is safe for concurrent use after the areas have registered their views.
type Kit struct {
	Opts    Options
	Clock   clock.Clock
	Log     *slog.Logger
	Cookies *scs.SessionManager
	// Policies are the actions of all routes of pages, by method and path.
	Policies map[string]tenant.Action
	Streams  StreamCount
	// Views are the views of a team's pages by the name of the page. AlwaysPaint names those that are painted at every interval.
	Views       map[string]ViewOf
	AlwaysPaint map[string]bool

	origin  *http.CrossOriginProtection
	fetches places.Places
	secure  bool
	proxies []netip.Prefix

	// The verbs behind every page: visits, the counts of the frame, bells.
	kernel  *appkernel.Kernel
	people  *apppeople.Verbs
	work    *appwork.Verbs
	console *appconsole.Verbs
}

// New returns a kit without routes and views. The areas add theirs.
func New(o Options) *Kit {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	s := &Kit{Opts: o, Clock: o.Clock, Log: o.Log, Policies: map[string]tenant.Action{}, origin: http.NewCrossOriginProtection(),
		proxies: proxiesOf(o.TrustedProxies),
		Views:   map[string]ViewOf{}, AlwaysPaint: map[string]bool{}, kernel: o.App.Kernel, people: o.App.People, work: o.App.Work, console: o.App.Console}
	if u, err := url.Parse(o.PublicURL); err == nil && u.Host != "" {
		s.secure = u.Scheme == "https"
		// A proxy may change the Host header, so the public origin is trusted by name.
		_ = s.origin.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	s.Cookies = s.newCookies()
	return s
}
