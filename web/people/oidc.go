package people

import (
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// keyFlow is where the cookie's data keeps a sign-in that was begun at the identity provider.
const keyFlow = "flow"

// BeginOIDC sends a browser to the identity provider.
func (s *Pages) BeginOIDC(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.FormValue("next"))
	f, to, err := s.people.BeginIdentity(c.UserContext(), next, "")
	if fault.Is(err, fault.Unavailable) {
		return s.drawLogin(c, fiber.StatusServiceUnavailable, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.sendTo(c, f, to)
}

// FinishOIDC is where the provider sends the browser back to. What was begun is forgotten first: it is good for one try.
func (s *Pages) FinishOIDC(c *fiber.Ctx) error {
	f, r := s.takeFlow(c.UserContext()), apppeople.Returned{Code: c.Query("code"), State: c.Query("state"), Issuer: c.Query("iss"), Fault: c.Query("error")}
	if f.Link != "" {
		return s.finishLink(c, f, r)
	}
	l, _, err := s.people.SignInByIdentity(c.UserContext(), f, r, c.IP(), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		r := s.kit.Refuse(c, err)
		return s.drawLogin(c, r.Status, "", webkit.LocalPath(f.Next), r.Message)
	}
	if err := s.kit.Enter(c, l); err != nil {
		return err
	}
	return webkit.MoveTo(c, webkit.LocalPath(f.Next))
}

// sendTo remembers a flow and leaves for the provider. A stranger's cookie lasts no longer than the flow.
func (s *Pages) sendTo(c *fiber.Ctx, f apppeople.Flow, to string) error {
	kept, err := json.Marshal(f)
	if err != nil {
		return err
	}
	s.kit.Cookies.Put(c.UserContext(), keyFlow, string(kept))
	if !webkit.VisitOf(c).Known() {
		s.kit.Cookies.SetDeadline(c.UserContext(), f.Until)
	}
	return s.leaveFor(c, to, s.people.ProviderLabel())
}

// takeFlow gives what this browser began, once; the zero flow fits no answer.
func (s *Pages) takeFlow(ctx context.Context) (f apppeople.Flow) {
	kept := s.kit.Cookies.PopString(ctx, keyFlow)
	if kept == "" || json.Unmarshal([]byte(kept), &f) != nil {
		return apppeople.Flow{}
	}
	return f
}

// leaveFor sends the browser to another site. A redirect would be cut off: our pages let forms lead to this server only.
func (s *Pages) leaveFor(c *fiber.Ctx, to, label string) error {
	if c.Get("HX-Request") == "true" {
		return webkit.MoveTo(c, to)
	}
	c.Set("Refresh", "0;url="+to)
	return s.kit.Draw(c, fiber.StatusOK, auth.Leaving(s.place(c), to, label))
}

// LinkOIDC begins to link the person's account at the provider.
func (s *Pages) LinkOIDC(c *fiber.Ctx) error {
	f, to, err := s.people.BeginIdentity(c.UserContext(), "/account", webkit.VisitOf(c).User.ID)
	if err != nil {
		return err
	}
	return s.sendTo(c, f, to)
}

// finishLink links what was proved to who began, and shows on the account page what came of it.
func (s *Pages) finishLink(c *fiber.Ctx, f apppeople.Flow, r apppeople.Returned) error {
	if !webkit.VisitOf(c).Known() {
		return fault.New(fault.Unauthenticated, "Sign in to go on.")
	}
	err := s.people.LinkIdentity(c.UserContext(), webkit.VisitOf(c).User, f, r)
	if err != nil {
		r := s.kit.Refuse(c, err)
		return s.drawAccount(c, r.Status, accountNews{form: "identity", faults: map[string]string{"": r.Message}})
	}
	return webkit.MoveTo(c, "/account?done=linked")
}

// UnlinkOIDC parts the person from the account at the provider and renames this cookie.
func (s *Pages) UnlinkOIDC(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	err := s.people.UnlinkIdentity(c.UserContext(), v.User, v.Login.ID)
	if err == nil {
		err = s.kit.Renew(c.UserContext())
	}
	return s.answerAccount(c, "unlinked", err)
}

// ShowLoginLink is the page behind a link that the operator made on the host. Looking at it uses nothing up.
func (s *Pages) ShowLoginLink(c *fiber.Ctx) error {
	u, err := s.people.LoginLinkPerson(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.kit.Draw(c, fiber.StatusOK, auth.LoginLink(s.place(c), c.Params("token"), u.Email))
}

// UseLoginLink signs the person of the link in.
func (s *Pages) UseLoginLink(c *fiber.Ctx) error {
	l, err := s.people.SignInByLink(c.UserContext(), c.Params("token"), c.IP(), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		return err
	}
	if err := s.kit.Enter(c, l); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/")
}
