// Package kit is what the pages of every area share: answers, refusals, the cookie and the visit, policies, the frame around a
// page, forms, and live streams. It serves no page of its own.
package kit

import (
	"net/http"
	"net/url"

	"github.com/alexedwards/scs/v2"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"

	"log/slog"

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

// APIPrefix is where the API is mounted.
const APIPrefix = "/api/v1"

// Setting is a setting of the server's start, for the operator to see.
type Setting struct{ Name, Value, Help string }

// Kit is what the pages of every area share. It is safe for concurrent use after the areas have registered their views.
type Kit struct {
	Opts     Options
	Clock    clock.Clock
	Log      *slog.Logger
	Cookies  *scs.SessionManager
	Origin   *http.CrossOriginProtection
	Secure   bool
	Policies map[string]tenant.Action
	Streams  StreamCount
	// Views are the views of a team's pages, by the name of the page; Restless names those that paint at every turn.
	Views    map[string]ViewOf
	Restless map[string]bool

	// The verbs that every page needs: who asks, what the frame counts, bells.
	kernel  *appkernel.Kernel
	people  *apppeople.Verbs
	work    *appwork.Verbs
	console *appconsole.Verbs
}

// New makes a Kit; Clock and Log have defaults.
func New(o Options) *Kit {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	s := &Kit{Opts: o, Clock: o.Clock, Log: o.Log, Policies: map[string]tenant.Action{}, Origin: http.NewCrossOriginProtection(),
		Views: map[string]ViewOf{}, Restless: map[string]bool{}, kernel: o.App.Kernel, people: o.App.People, work: o.App.Work, console: o.App.Console}
	if u, err := url.Parse(o.PublicURL); err == nil && u.Host != "" {
		s.Secure = u.Scheme == "https"
		// Behind a proxy the Host that arrives may be another; the public origin is ours all the same.
		_ = s.Origin.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	s.Cookies = s.newCookies()
	return s
}
