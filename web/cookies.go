package web

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
	// keyPending is who has proved the first step: no login, and so nobody to every other page.
	keyPending = "pending"
)

// touchAfter is how stale a login's last use may be before it is written again: pages do not write on every read.
const touchAfter = time.Minute

// newCookies follows the public scheme: browsers drop a Secure cookie on plain http, and __Host- binds one to its host on https.
// scs's own IdleTimeout stays off, it would write on every GET; a login's last use is the idle clock.
func (s *Server) newCookies() *scs.SessionManager {
	m := scs.New()
	m.Store = s.app.People.Cookies()
	m.Lifetime = apppeople.LoginLifetime
	m.HashTokenInStore = true
	m.Cookie.Name, m.Cookie.Secure = "session", s.secure
	if s.secure {
		m.Cookie.Name = "__Host-session"
	}
	m.Cookie.SameSite = http.SameSiteLaxMode
	return m
}

type visitKey struct{}

// visit is who sends this request, read from the database on this request. The zero visit is a stranger.
type visit struct {
	login user.Login
	user  user.User
	actor tenant.Actor
	csrf  string
	// team is the cookie's default team.
	team string
	// browserZone is the time zone the browser says it is in.
	browserZone string
}

func (v *visit) known() bool { return v.login.ID != "" }

func visitOf(c *fiber.Ctx) *visit {
	if v, ok := c.Locals(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// actor is who acts in the team of this URL; the zero actor, who may nothing, outside a team's routes.
func actor(c *fiber.Ctx) tenant.Actor { return visitOf(c).actor }

// remember loads the cookie's data before a handler and stores it after, also when the handler failed.
func (s *Server) remember(c *fiber.Ctx) error {
	ctx, err := s.cookies.Load(c.UserContext(), strings.Clone(c.Cookies(s.cookies.Cookie.Name)))
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
func (s *Server) recognise(c *fiber.Ctx, ctx context.Context) error {
	loginID := s.cookies.GetString(ctx, keyLogin)
	if loginID == "" {
		return nil
	}
	l, u, err := s.app.People.Login(ctx, loginID)
	if fault.Is(err, fault.Unauthenticated) {
		return s.cookies.Destroy(ctx)
	}
	if err != nil {
		return err
	}
	c.SetUserContext(tenant.WithOrigin(ctx, tenant.Origin{User: u.ID, Name: u.Name, Via: "login", Peer: c.IP(), Request: requestID(c)}))
	c.Locals(visitKey{}, &visit{login: l, user: u, csrf: s.cookies.GetString(ctx, keyCSRF), team: s.cookies.GetString(ctx, keyTeam), browserZone: browserZone(c)})
	if s.clock.Now().Sub(l.LastSeenAt) < touchAfter {
		return nil
	}
	return s.app.People.TouchLogin(ctx, loginID)
}

func (s *Server) store(c *fiber.Ctx, ctx context.Context) error {
	switch s.cookies.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.cookies.Commit(ctx)
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
func (s *Server) setCookie(c *fiber.Ctx, ctx context.Context, token string, expiry time.Time) {
	w := headerOnly{}
	s.cookies.WriteSessionCookie(ctx, w, token, expiry)
	c.Append(fiber.HeaderSetCookie, w.Header().Get(fiber.HeaderSetCookie))
}

type headerOnly http.Header

func (h headerOnly) Header() http.Header         { return http.Header(h) }
func (h headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headerOnly) WriteHeader(int)             {}

// enter binds the cookie to a new login under a new name, so that a cookie planted before is worth nothing.
func (s *Server) enter(c *fiber.Ctx, l user.Login) error {
	if err := s.renew(c.UserContext()); err != nil {
		return err
	}
	s.cookies.Remove(c.UserContext(), keyPending)
	s.cookies.Put(c.UserContext(), keyLogin, l.ID)
	return nil
}

// wait binds the cookie to a pending login under a new name; a login it held before is no longer this browser's.
func (s *Server) wait(c *fiber.Ctx, pendingID string) error {
	if err := s.renew(c.UserContext()); err != nil {
		return err
	}
	s.cookies.Remove(c.UserContext(), keyLogin)
	s.cookies.Put(c.UserContext(), keyPending, pendingID)
	return nil
}

// activate makes a team the default of this cookie, under a new name.
func (s *Server) activate(c *fiber.Ctx, by tenant.Actor) error {
	if err := s.renew(c.UserContext()); err != nil {
		return err
	}
	s.cookies.Put(c.UserContext(), keyTeam, by.Slug)
	s.cookies.Put(c.UserContext(), keyRole, string(by.Role))
	return nil
}

// renew changes the cookie's name and the form token together.
func (s *Server) renew(ctx context.Context) error {
	if err := s.cookies.RenewToken(ctx); err != nil {
		return err
	}
	var b [32]byte
	_, _ = rand.Read(b[:])
	s.cookies.Put(ctx, keyCSRF, base64.RawURLEncoding.EncodeToString(b[:]))
	return nil
}
