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

// proved goes on with a person whom a link that works once has proved.
func (s *Pages) proved(c *fiber.Ctx, u user.User, next string) error {
	e, err := s.people.Enter(c.UserContext(), u, c.IP(), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		return err
	}
	return s.goOn(c, e, next)
}

// goOn leads who has proved the first step of signing in to next, or to the second step where the person has one.
func (s *Pages) goOn(c *fiber.Ctx, e apppeople.Entry, next string) error {
	if e.Pending == "" {
		if err := s.kit.Enter(c, e.Login); err != nil {
			return err
		}
		return webkit.MoveTo(c, next)
	}
	if err := s.kit.Wait(c, e.Pending); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/login/second?next="+url.QueryEscape(next))
}

// pending is who has proved the first step in this browser, and the id of the pending login.
func (s *Pages) pending(c *fiber.Ctx) (string, user.User, error) {
	id := s.kit.Cookies.GetString(c.UserContext(), webkit.KeyPending)
	u, err := s.people.Pending(c.UserContext(), id)
	return id, u, err
}

// ShowSecondStep asks for the second step; who is not at it begins with the first.
func (s *Pages) ShowSecondStep(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.Query("next"))
	_, u, err := s.pending(c)
	if fault.Is(err, fault.Unauthenticated) {
		return webkit.MoveTo(c, "/login?next="+url.QueryEscape(next))
	}
	if err != nil {
		return err
	}
	return s.drawSecondStep(c, fiber.StatusOK, u, next, "")
}

// TakeSecondStep takes a code; a wrong one shows the form again.
func (s *Pages) TakeSecondStep(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.FormValue("next"))
	id, u, err := s.pending(c)
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawLogin(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	l, _, err := s.people.SecondStep(c.UserContext(), id, c.FormValue("code"), c.IP(), c.Get(fiber.HeaderUserAgent))
	return s.finishStep(c, l, u, next, err)
}

// TakePasskeyStep takes the answer of one of the person's passkeys.
func (s *Pages) TakePasskeyStep(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.FormValue("next"))
	id, u, err := s.pending(c)
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawLogin(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	l, _, err := s.people.SecondStepByPasskey(c.UserContext(), id, c.FormValue("ticket"), c.FormValue("answer"), c.IP(), c.Get(fiber.HeaderUserAgent))
	return s.finishStep(c, l, u, next, err)
}

// SignInByPasskey takes the answer of a passkey in the place of password and second step.
func (s *Pages) SignInByPasskey(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.FormValue("next"))
	l, _, err := s.people.SignInByPasskey(c.UserContext(), c.FormValue("ticket"), c.FormValue("answer"), c.IP(), c.Get(fiber.HeaderUserAgent))
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawLogin(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.goOn(c, apppeople.Entry{Login: l}, next)
}

// finishStep renews the cookie for a login whose second step was proved, or shows the step again with why it was not.
func (s *Pages) finishStep(c *fiber.Ctx, l user.Login, u user.User, next string, err error) error {
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.Exhausted) {
		return s.drawSecondStep(c, status.Of(err), u, next, err.Error())
	}
	if err != nil {
		return err
	}
	if err := s.kit.Enter(c, l); err != nil {
		return err
	}
	return webkit.MoveTo(c, next)
}

func (s *Pages) drawSecondStep(c *fiber.Ctx, status int, u user.User, next, fault string) error {
	f, err := s.people.Factors(c.UserContext(), u.ID)
	if err != nil {
		return err
	}
	m := auth.SecondStep{Place: s.place(c), Next: next, Fault: fault, Email: u.Email, App: f.AppSince != nil}
	if len(f.Passkeys) > 0 && s.people.HasPasskeys() {
		if m.Passkey, err = s.people.BeginPasskeyStep(c.UserContext(), u); err != nil {
			return err
		}
	}
	return s.kit.Draw(c, status, auth.SecondStepPage(m))
}
