package kit

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// touchAfter is how old the time of a login's last use can get before it is written again, so that pages do not write on every read.
const touchAfter = time.Minute

type visitKey struct{}

// Visit is the person who sends a request, as the database has them now. The zero visit is a stranger.
type Visit struct {
	Login user.Login
	User  user.User
	actor tenant.Actor
	csrf  string
	// Team is the slug of the cookie's default team.
	Team string
	// browserZone is the time zone that the browser reports.
	browserZone string
}

// IsSignedIn reports whether the person has a login.
func (v *Visit) IsSignedIn() bool { return v.Login.ID != "" }

// VisitOf returns the visit that LoadVisit left; the zero visit where it did not run.
func VisitOf(c *fiber.Ctx) *Visit {
	if v, ok := c.Locals(visitKey{}).(*Visit); ok {
		return v
	}
	return &Visit{}
}

// Actor is the person's actor in the team of this URL. Outside the routes of a team it is the zero actor, who may do nothing.
func Actor(c *fiber.Ctx) tenant.Actor { return VisitOf(c).actor }

// LoadVisit loads the cookie's data and the visit before a handler, and stores the data afterwards even if the handler failed.
func (s *Kit) LoadVisit(c *fiber.Ctx) error {
	ctx, err := s.Cookies.Load(c.UserContext(), strings.Clone(c.Cookies(s.Cookies.Cookie.Name)))
	if err != nil {
		return err
	}
	c.SetUserContext(ctx)
	if err := s.loadLogin(c, ctx); err != nil {
		return err
	}
	herr := c.Next()
	if herr != nil {
		herr = c.App().ErrorHandler(c, herr)
	}
	ctx, stop := withTime(ctx)
	defer stop()
	if err := s.storeCookie(c, ctx); err != nil {
		return err
	}
	return herr
}

// loadLogin reads the login and its person on every request, so that revoking a login takes effect immediately.
func (s *Kit) loadLogin(c *fiber.Ctx, ctx context.Context) error {
	loginID := s.Cookies.GetString(ctx, keyLogin)
	if loginID == "" {
		return nil
	}
	l, u, err := s.people.Login(ctx, loginID)
	if fault.Is(err, fault.Unauthenticated) {
		return s.Cookies.Destroy(ctx)
	}
	if err != nil {
		return err
	}
	c.SetUserContext(tenant.WithOrigin(ctx, tenant.Origin{User: u.ID, Name: u.Name, Via: "login", Peer: Peer(c), Request: RequestID(c)}))
	c.Locals(visitKey{}, &Visit{Login: l, User: u, csrf: s.Cookies.GetString(ctx, keyCSRF), Team: s.Cookies.GetString(ctx, keyTeam), browserZone: browserZone(c)})
	if s.Clock.Now().Sub(l.LastSeenAt) < touchAfter {
		return nil
	}
	return s.people.TouchLogin(ctx, loginID)
}
