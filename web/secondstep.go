package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// proved goes on with a person whom a link that works once has proved.
func (s *Server) proved(c *fiber.Ctx, u user.User, next string) error {
	e, err := s.app.People.Enter(c.UserContext(), u, c.IP(), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		return err
	}
	return s.goOn(c, e, next)
}

// goOn leads who has proved the first step of signing in to next, or to the second step where the person has one.
func (s *Server) goOn(c *fiber.Ctx, e apppeople.Entry, next string) error {
	if e.Pending == "" {
		if err := s.enter(c, e.Login); err != nil {
			return err
		}
		return moveTo(c, next)
	}
	if err := s.wait(c, e.Pending); err != nil {
		return err
	}
	return moveTo(c, "/login/second?next="+url.QueryEscape(next))
}

// pending is who has proved the first step in this browser, and the id of the pending login.
func (s *Server) pending(c *fiber.Ctx) (string, user.User, error) {
	id := s.cookies.GetString(c.UserContext(), keyPending)
	u, err := s.app.People.Pending(c.UserContext(), id)
	return id, u, err
}

// showSecondStep asks for the second step; who is not at it begins with the first.
func (s *Server) showSecondStep(c *fiber.Ctx) error {
	next := localPath(c.Query("next"))
	_, u, err := s.pending(c)
	if fault.Is(err, fault.Unauthenticated) {
		return moveTo(c, "/login?next="+url.QueryEscape(next))
	}
	if err != nil {
		return err
	}
	return s.drawSecondStep(c, fiber.StatusOK, u, next, "")
}

// takeSecondStep takes a code; a wrong one shows the form again.
func (s *Server) takeSecondStep(c *fiber.Ctx) error {
	next := localPath(c.FormValue("next"))
	id, u, err := s.pending(c)
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawLogin(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	l, _, err := s.app.People.SecondStep(c.UserContext(), id, c.FormValue("code"), c.IP(), c.Get(fiber.HeaderUserAgent))
	return s.finishStep(c, l, u, next, err)
}

// takePasskeyStep takes the answer of one of the person's passkeys.
func (s *Server) takePasskeyStep(c *fiber.Ctx) error {
	next := localPath(c.FormValue("next"))
	id, u, err := s.pending(c)
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawLogin(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	l, _, err := s.app.People.SecondStepByPasskey(c.UserContext(), id, c.FormValue("ticket"), c.FormValue("answer"), c.IP(), c.Get(fiber.HeaderUserAgent))
	return s.finishStep(c, l, u, next, err)
}

// signInByPasskey takes the answer of a passkey in the place of password and second step.
func (s *Server) signInByPasskey(c *fiber.Ctx) error {
	next := localPath(c.FormValue("next"))
	l, _, err := s.app.People.SignInByPasskey(c.UserContext(), c.FormValue("ticket"), c.FormValue("answer"), c.IP(), c.Get(fiber.HeaderUserAgent))
	if fault.Is(err, fault.Unauthenticated) {
		return s.drawLogin(c, fiber.StatusUnauthorized, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.goOn(c, apppeople.Entry{Login: l}, next)
}

// finishStep renews the cookie for a login whose second step was proved, or shows the step again with why it was not.
func (s *Server) finishStep(c *fiber.Ctx, l user.Login, u user.User, next string, err error) error {
	if fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.Exhausted) {
		return s.drawSecondStep(c, status.Of(err), u, next, err.Error())
	}
	if err != nil {
		return err
	}
	if err := s.enter(c, l); err != nil {
		return err
	}
	return moveTo(c, next)
}

func (s *Server) drawSecondStep(c *fiber.Ctx, status int, u user.User, next, fault string) error {
	f, err := s.app.People.Factors(c.UserContext(), u.ID)
	if err != nil {
		return err
	}
	m := auth.SecondStep{Place: s.place(c), Next: next, Fault: fault, Email: u.Email, App: f.AppSince != nil}
	if len(f.Passkeys) > 0 && s.app.People.HasPasskeys() {
		if m.Passkey, err = s.app.People.BeginPasskeyStep(c.UserContext(), u); err != nil {
			return err
		}
	}
	return s.draw(c, status, auth.SecondStepPage(m))
}

// setUpPath is the one page of who must set up a second factor first.
const setUpPath = "/account/factors"

// mustSetUp says whether a person has to set up a second factor before anything else: the instance wants one and there is none.
// Of who came through the identity provider, it is the provider that asks for one.
func (s *Server) mustSetUp(c *fiber.Ctx, v *visit) bool {
	if !s.opts.SecondFactor.Needs(v.user.Admin) || v.login.SecondFactor || v.login.Via == user.ByProvider {
		return false
	}
	return c.Path() != "/logout" && c.Path() != setUpPath && !strings.HasPrefix(c.Path(), setUpPath+"/")
}

func (s *Server) answerSetUpFirst(c *fiber.Ctx) error {
	if strings.HasSuffix(c.Path(), "/stream") {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return moveTo(c, setUpPath)
}
