package web

import (
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
)

// keyFlow is where the cookie's data keeps a sign-in that was begun at the identity provider.
const keyFlow = "flow"

// beginOIDC sends a browser to the identity provider.
func (s *Server) beginOIDC(c *fiber.Ctx) error {
	next := localPath(c.FormValue("next"))
	f, to, err := s.app.People.BeginIdentity(c.UserContext(), next, "")
	if fault.Is(err, fault.Unavailable) {
		return s.drawLogin(c, fiber.StatusServiceUnavailable, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.sendTo(c, f, to)
}

// finishOIDC is where the provider sends the browser back to. What was begun is forgotten first: it is good for one try.
func (s *Server) finishOIDC(c *fiber.Ctx) error {
	f, r := s.takeFlow(c.UserContext()), apppeople.Returned{Code: c.Query("code"), State: c.Query("state"), Issuer: c.Query("iss"), Fault: c.Query("error")}
	if f.Link != "" {
		return s.finishLink(c, f, r)
	}
	l, _, err := s.app.People.SignInByIdentity(c.UserContext(), f, r, c.IP(), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		r := s.refuse(c, err)
		return s.drawLogin(c, r.status, "", localPath(f.Next), r.message)
	}
	if err := s.enter(c, l); err != nil {
		return err
	}
	return moveTo(c, localPath(f.Next))
}

// sendTo remembers a flow and leaves for the provider. A stranger's cookie lasts no longer than the flow.
func (s *Server) sendTo(c *fiber.Ctx, f apppeople.Flow, to string) error {
	kept, err := json.Marshal(f)
	if err != nil {
		return err
	}
	s.cookies.Put(c.UserContext(), keyFlow, string(kept))
	if !visitOf(c).known() {
		s.cookies.SetDeadline(c.UserContext(), f.Until)
	}
	return s.leaveFor(c, to, s.app.People.ProviderLabel())
}

// takeFlow gives what this browser began, once; the zero flow fits no answer.
func (s *Server) takeFlow(ctx context.Context) (f apppeople.Flow) {
	kept := s.cookies.PopString(ctx, keyFlow)
	if kept == "" || json.Unmarshal([]byte(kept), &f) != nil {
		return apppeople.Flow{}
	}
	return f
}

// leaveFor sends the browser to another site. A redirect would be cut off: our pages let forms lead to this server only.
func (s *Server) leaveFor(c *fiber.Ctx, to, label string) error {
	if c.Get("HX-Request") == "true" {
		return moveTo(c, to)
	}
	c.Set("Refresh", "0;url="+to)
	return s.draw(c, fiber.StatusOK, auth.Leaving(s.place(c), to, label))
}

// linkOIDC begins to link the person's account at the provider.
func (s *Server) linkOIDC(c *fiber.Ctx) error {
	f, to, err := s.app.People.BeginIdentity(c.UserContext(), "/account", visitOf(c).user.ID)
	if err != nil {
		return err
	}
	return s.sendTo(c, f, to)
}

// finishLink links what was proved to who began, and shows on the account page what came of it.
func (s *Server) finishLink(c *fiber.Ctx, f apppeople.Flow, r apppeople.Returned) error {
	if !visitOf(c).known() {
		return fault.New(fault.Unauthenticated, "Sign in to go on.")
	}
	err := s.app.People.LinkIdentity(c.UserContext(), visitOf(c).user, f, r)
	if err != nil {
		r := s.refuse(c, err)
		return s.drawAccount(c, r.status, accountNews{form: "identity", faults: map[string]string{"": r.message}})
	}
	return moveTo(c, "/account?done=linked")
}

// unlinkOIDC parts the person from the account at the provider and renames this cookie.
func (s *Server) unlinkOIDC(c *fiber.Ctx) error {
	v := visitOf(c)
	err := s.app.People.UnlinkIdentity(c.UserContext(), v.user, v.login.ID)
	if err == nil {
		err = s.renew(c.UserContext())
	}
	return s.answerAccount(c, "unlinked", err)
}

// showLoginLink is the page behind a link that the operator made on the host. Looking at it uses nothing up.
func (s *Server) showLoginLink(c *fiber.Ctx) error {
	u, err := s.app.People.LoginLinkPerson(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.draw(c, fiber.StatusOK, auth.LoginLink(s.place(c), c.Params("token"), u.Email))
}

// useLoginLink signs the person of the link in.
func (s *Server) useLoginLink(c *fiber.Ctx) error {
	l, err := s.app.People.SignInByLink(c.UserContext(), c.Params("token"), c.IP(), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		return err
	}
	if err := s.enter(c, l); err != nil {
		return err
	}
	return moveTo(c, "/")
}
