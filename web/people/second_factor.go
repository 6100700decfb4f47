package people

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// signInByProof signs in a person who has proved who they are by a link that works once.
func (s *Pages) signInByProof(c *fiber.Ctx, u user.User, next string) error {
	e, err := s.people.CompleteFirstStep(c.UserContext(), u, webkit.Peer(c), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		return err
	}
	return s.continueSignIn(c, e, next)
}

// continueSignIn redirects to next after the first step of a sign-in, or to the second factor if the person has one.
func (s *Pages) continueSignIn(c *fiber.Ctx, e apppeople.Entry, next string) error {
	if e.Pending == "" {
		if err := s.kit.BindLogin(c, e.Login); err != nil {
			return err
		}
		return webkit.Redirect(c, next)
	}
	if err := s.kit.BindPendingLogin(c, e.Pending); err != nil {
		return err
	}
	return webkit.Redirect(c, "/login/second?next="+url.QueryEscape(next))
}

// pendingLogin is the id and the person of the login that has passed the first step in this browser.
func (s *Pages) pendingLogin(c *fiber.Ctx) (string, user.User, error) {
	id := s.kit.Cookies.GetString(c.UserContext(), webkit.KeyPending)
	u, err := s.people.Pending(c.UserContext(), id)
	return id, u, err
}

// ShowSecondFactor shows the form for the second factor. A browser without a pending login starts with the first step.
func (s *Pages) ShowSecondFactor(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.Query("next"))
	_, u, err := s.pendingLogin(c)
	if fault.Is(err, fault.Unauthenticated) {
		return webkit.Redirect(c, "/login?next="+url.QueryEscape(next))
	}
	if err != nil {
		return err
	}
	return s.drawSecondFactor(c, fiber.StatusOK, u, next, "")
}

// CheckCode checks a code of the authenticator app or a recovery code. After a wrong one the form is shown again.
func (s *Pages) CheckCode(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.FormValue("next"))
	id, u, err := s.pendingLogin(c)
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawSignIn(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	l, _, err := s.people.SecondStep(c.UserContext(), id, c.FormValue("code"), webkit.Peer(c), c.Get(fiber.HeaderUserAgent))
	return s.finishSecondFactor(c, l, u, next, err)
}

// CheckPasskey checks the answer of one of the person's passkeys.
func (s *Pages) CheckPasskey(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.FormValue("next"))
	id, u, err := s.pendingLogin(c)
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawSignIn(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	l, _, err := s.people.SecondStepByPasskey(c.UserContext(), id, c.FormValue("ticket"), c.FormValue("answer"), webkit.Peer(c), c.Get(fiber.HeaderUserAgent))
	return s.finishSecondFactor(c, l, u, next, err)
}

// SignInByPasskey signs in with a passkey instead of a password and a second factor.
func (s *Pages) SignInByPasskey(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.FormValue("next"))
	l, _, err := s.people.SignInByPasskey(c.UserContext(), c.FormValue("ticket"), c.FormValue("answer"), webkit.Peer(c), c.Get(fiber.HeaderUserAgent))
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawSignIn(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.continueSignIn(c, apppeople.Entry{Login: l}, next)
}

// finishSecondFactor binds the cookie to the login, or shows the form again with the reason.
func (s *Pages) finishSecondFactor(c *fiber.Ctx, l user.Login, u user.User, next string, err error) error {
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.Exhausted) {
		return s.drawSecondFactor(c, status.Of(err), u, next, err.Error())
	}
	if err != nil {
		return err
	}
	if err := s.kit.BindLogin(c, l); err != nil {
		return err
	}
	return webkit.Redirect(c, next)
}

// drawSecondFactor draws the form for the second factor.
func (s *Pages) drawSecondFactor(c *fiber.Ctx, status int, u user.User, next, fault string) error {
	f, err := s.people.Factors(c.UserContext(), u.ID)
	if err != nil {
		return err
	}
	m := auth.SecondStep{Place: s.placeOf(c), Next: next, Fault: fault, Email: u.Email, App: f.AppSince != nil}
	if len(f.Passkeys) > 0 && s.people.HasPasskeys() {
		if m.Passkey, err = s.people.BeginPasskeyStep(c.UserContext(), u); err != nil {
			return err
		}
	}
	return s.kit.DrawPage(c, status, auth.SecondStepPage(m))
}
