package kit

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// What the cookie's data holds. Team and role are the default for "/" and the switcher, never a right.
const (
	keyLogin = "login"
	keyTeam  = "team"
	keyRole  = "role"
	keyCSRF  = "csrf"
	// KeyPending is who has proved the first step: no login, and so nobody to every other page.
	KeyPending = "pending"
)

// touchAfter is how stale a login's last use may be before it is written again: pages do not write on every read.
const touchAfter = time.Minute

// newCookies follows the public scheme: browsers drop a Secure cookie on plain http, and __Host- binds one to its host on https.
// scs's own IdleTimeout stays off, it would write on every GET; a login's last use is the idle clock.
func (s *Kit) newCookies() *scs.SessionManager {
	m := scs.New()
	m.Store = s.people.Cookies()
	m.Lifetime = apppeople.LoginLifetime
	m.HashTokenInStore = true
	m.Cookie.Name, m.Cookie.Secure = "session", s.Secure
	if s.Secure {
		m.Cookie.Name = "__Host-session"
	}
	m.Cookie.SameSite = http.SameSiteLaxMode
	return m
}

type visitKey struct{}

// Visit is who sends this request, read from the database on this request. The zero visit is a stranger.
type Visit struct {
	Login user.Login
	User  user.User
	actor tenant.Actor
	csrf  string
	// team is the cookie's default team.
	Team string
	// browserZone is the time zone the browser says it is in.
	browserZone string
}

func (v *Visit) Known() bool { return v.Login.ID != "" }

func VisitOf(c *fiber.Ctx) *Visit {
	if v, ok := c.Locals(visitKey{}).(*Visit); ok {
		return v
	}
	return &Visit{}
}

// Actor is who acts in the team of this URL; the zero actor, who may nothing, outside a team's routes.
func Actor(c *fiber.Ctx) tenant.Actor { return VisitOf(c).actor }

// Remember loads the cookie's data before a handler and stores it after, also when the handler failed.
func (s *Kit) Remember(c *fiber.Ctx) error {
	ctx, err := s.Cookies.Load(c.UserContext(), strings.Clone(c.Cookies(s.Cookies.Cookie.Name)))
	if err != nil {
		return err
	}
	c.SetUserContext(ctx)
	if err := s.recognise(c, ctx); err != nil {
		return err
	}
	herr := c.Next()
	if herr != nil {
		herr = c.App().ErrorHandler(c, herr)
	}
	if err := s.store(c, ctx); err != nil {
		return err
	}
	return herr
}

// recognise reads the login and its person now, so that a revoked login is out at once.
func (s *Kit) recognise(c *fiber.Ctx, ctx context.Context) error {
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
	c.SetUserContext(tenant.WithOrigin(ctx, tenant.Origin{User: u.ID, Name: u.Name, Via: "login", Peer: c.IP(), Request: RequestID(c)}))
	c.Locals(visitKey{}, &Visit{Login: l, User: u, csrf: s.Cookies.GetString(ctx, keyCSRF), Team: s.Cookies.GetString(ctx, keyTeam), browserZone: browserZone(c)})
	if s.Clock.Now().Sub(l.LastSeenAt) < touchAfter {
		return nil
	}
	return s.people.TouchLogin(ctx, loginID)
}

func (s *Kit) store(c *fiber.Ctx, ctx context.Context) error {
	switch s.Cookies.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.Cookies.Commit(ctx)
		if err != nil {
			return err
		}
		s.setCookie(c, ctx, token, expiry)
	case scs.Destroyed:
		s.setCookie(c, ctx, "", time.Time{})
	}
	return nil
}

// setCookie lets scs build the cookie with all its flags and copies it over.
func (s *Kit) setCookie(c *fiber.Ctx, ctx context.Context, token string, expiry time.Time) {
	w := headerOnly{}
	s.Cookies.WriteSessionCookie(ctx, w, token, expiry)
	c.Append(fiber.HeaderSetCookie, w.Header().Get(fiber.HeaderSetCookie))
}

type headerOnly http.Header

func (h headerOnly) Header() http.Header         { return http.Header(h) }
func (h headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headerOnly) WriteHeader(int)             {}

// Enter binds the cookie to a new login under a new name, so that a cookie planted before is worth nothing.
func (s *Kit) Enter(c *fiber.Ctx, l user.Login) error {
	if err := s.Renew(c.UserContext()); err != nil {
		return err
	}
	s.Cookies.Remove(c.UserContext(), KeyPending)
	s.Cookies.Put(c.UserContext(), keyLogin, l.ID)
	return nil
}

// Wait binds the cookie to a pending login under a new name; a login it held before is no longer this browser's.
func (s *Kit) Wait(c *fiber.Ctx, pendingID string) error {
	if err := s.Renew(c.UserContext()); err != nil {
		return err
	}
	s.Cookies.Remove(c.UserContext(), keyLogin)
	s.Cookies.Put(c.UserContext(), KeyPending, pendingID)
	return nil
}

// Activate makes a team the default of this cookie, under a new name.
func (s *Kit) Activate(c *fiber.Ctx, by tenant.Actor) error {
	if err := s.Renew(c.UserContext()); err != nil {
		return err
	}
	s.Cookies.Put(c.UserContext(), keyTeam, by.Slug)
	s.Cookies.Put(c.UserContext(), keyRole, string(by.Role))
	return nil
}

// Renew changes the cookie's name and the form token together.
func (s *Kit) Renew(ctx context.Context) error {
	if err := s.Cookies.RenewToken(ctx); err != nil {
		return err
	}
	var b [32]byte
	_, _ = rand.Read(b[:])
	s.Cookies.Put(ctx, keyCSRF, base64.RawURLEncoding.EncodeToString(b[:]))
	return nil
}
