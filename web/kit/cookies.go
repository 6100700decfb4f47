package kit

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// Keys of the cookie's data. Team and role are the default for "/" and the switcher; they grant nothing.
const (
	keyLogin = "login"
	keyTeam  = "team"
	keyRole  = "role"
	keyCSRF  = "csrf"
	// KeyPending holds the pending login of a person who has proved the first step only. Every other page treats them as a stranger.
	KeyPending = "pending"
)

// newCookies follows the scheme of the public URL: browsers drop a Secure cookie over http, and __Host- binds a cookie to its host
// over https. scs's own IdleTimeout stays off because it would write on every GET; idle time is measured by a login's last use.
func (s *Kit) newCookies() *scs.SessionManager {
	m := scs.New()
	m.Store = s.people.Cookies()
	m.Lifetime = apppeople.LoginLifetime
	m.HashTokenInStore = true
	m.Cookie.Name, m.Cookie.Secure = "session", s.secure
	if s.secure {
		m.Cookie.Name = "__Host-session"
	}
	m.Cookie.SameSite = http.SameSiteLaxMode
	return m
}

// storeCookie writes the cookie's data and header if a handler changed or destroyed it.
func (s *Kit) storeCookie(c *fiber.Ctx, ctx context.Context) error {
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

// setCookie copies the cookie that scs builds, with all its flags, into the answer.
func (s *Kit) setCookie(c *fiber.Ctx, ctx context.Context, token string, expiry time.Time) {
	w := headerOnly{}
	s.Cookies.WriteSessionCookie(ctx, w, token, expiry)
	c.Response().Header.Add(fiber.HeaderSetCookie, w.Header().Get(fiber.HeaderSetCookie))
}

// headerOnly is the response writer that scs writes its cookie to.
type headerOnly http.Header

// Header is where the cookie goes.
func (h headerOnly) Header() http.Header { return http.Header(h) }

// Write ignores the body.
func (h headerOnly) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader ignores the status.
func (h headerOnly) WriteHeader(int) {}

// BindLogin binds the cookie to a new login and gives it a new value, so that a cookie that an attacker planted is useless.
func (s *Kit) BindLogin(c *fiber.Ctx, l user.Login) error {
	if err := s.RenewCookie(c.UserContext()); err != nil {
		return err
	}
	s.Cookies.Remove(c.UserContext(), KeyPending)
	s.Cookies.Put(c.UserContext(), keyLogin, l.ID)
	return s.rememberBrowser(c, l.User)
}

// BindPendingLogin binds the cookie to a pending login and gives it a new value. This browser loses the login it had before.
func (s *Kit) BindPendingLogin(c *fiber.Ctx, pendingID string) error {
	if err := s.RenewCookie(c.UserContext()); err != nil {
		return err
	}
	s.Cookies.Remove(c.UserContext(), keyLogin)
	s.Cookies.Put(c.UserContext(), KeyPending, pendingID)
	return nil
}

// SetDefaultTeam makes a team the default of this browser and gives the cookie a new value.
func (s *Kit) SetDefaultTeam(c *fiber.Ctx, by tenant.Actor) error {
	if err := s.RenewCookie(c.UserContext()); err != nil {
		return err
	}
	s.Cookies.Put(c.UserContext(), keyTeam, by.Slug)
	s.Cookies.Put(c.UserContext(), keyRole, string(by.Role))
	return nil
}

// RenewCookie gives the cookie a new value, and forms a new token.
func (s *Kit) RenewCookie(ctx context.Context) error {
	if err := s.Cookies.RenewToken(ctx); err != nil {
		return err
	}
	var b [32]byte
	_, _ = rand.Read(b[:])
	s.Cookies.Put(ctx, keyCSRF, base64.RawURLEncoding.EncodeToString(b[:]))
	return nil
}
