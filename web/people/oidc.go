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

// keyFlow is where the cookie's data holds a sign-in that has begun at the identity provider.
const keyFlow = "flow"

// BeginOIDC redirects a browser to the identity provider.
func (s *Pages) BeginOIDC(c *fiber.Ctx) error {
	next := webkit.LocalPath(c.FormValue("next"))
	f, to, err := s.people.BeginIdentity(c.UserContext(), next, "")
	if fault.Is(err, fault.Unavailable) {
		return s.drawSignIn(c, fiber.StatusServiceUnavailable, "", next, err.Error())
	}
	if err != nil {
		return err
	}
	return s.sendToProvider(c, f, to)
}

// FinishOIDC is where the provider redirects the browser to. The flow is removed first, because it is valid for one attempt.
func (s *Pages) FinishOIDC(c *fiber.Ctx) error {
	f, r := s.popFlow(c.UserContext()), apppeople.ProviderReturn{Code: c.Query("code"), State: c.Query("state"), Issuer: c.Query("iss"), Fault: c.Query("error")}
	if f.Link != "" {
		return s.finishLink(c, f, r)
	}
	l, _, err := s.people.SignInByIdentity(c.UserContext(), f, r, webkit.Peer(c), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		r := s.kit.RefusalOf(c, err)
		return s.drawSignIn(c, r.Status, "", webkit.LocalPath(f.Next), r.Message)
	}
	if err := s.kit.BindLogin(c, l); err != nil {
		return err
	}
	return webkit.Redirect(c, webkit.LocalPath(f.Next))
}

// sendToProvider stores a flow and redirects to the provider. A stranger's cookie lasts no longer than the flow.
func (s *Pages) sendToProvider(c *fiber.Ctx, f apppeople.Flow, to string) error {
	stored, err := json.Marshal(f)
	if err != nil {
		return err
	}
	s.kit.Cookies.Put(c.UserContext(), keyFlow, string(stored))
	if !webkit.VisitOf(c).IsSignedIn() {
		s.kit.Cookies.SetDeadline(c.UserContext(), f.Until)
	}
	return s.redirectToSite(c, to, s.people.ProviderLabel())
}

// popFlow returns the flow of this browser and removes it. The zero flow matches no answer.
func (s *Pages) popFlow(ctx context.Context) (f apppeople.Flow) {
	stored := s.kit.Cookies.PopString(ctx, keyFlow)
	if stored == "" || json.Unmarshal([]byte(stored), &f) != nil {
		return apppeople.Flow{}
	}
	return f
}

// redirectToSite sends the browser to another site through a page, because the content policy of forms forbids such a redirect.
func (s *Pages) redirectToSite(c *fiber.Ctx, to, label string) error {
	if c.Get("HX-Request") == "true" {
		return webkit.Redirect(c, to)
	}
	c.Set("Refresh", "0;url="+to)
	return s.kit.DrawPage(c, fiber.StatusOK, auth.Leaving(s.placeOf(c), to, label))
}

// LinkOIDC begins to link the person's account at the provider.
func (s *Pages) LinkOIDC(c *fiber.Ctx) error {
	f, to, err := s.people.BeginIdentity(c.UserContext(), "/account", webkit.VisitOf(c).User.ID)
	if err != nil {
		return err
	}
	return s.sendToProvider(c, f, to)
}

// finishLink links the account at the provider to the person who began, and shows the result on the account page.
func (s *Pages) finishLink(c *fiber.Ctx, f apppeople.Flow, r apppeople.ProviderReturn) error {
	if !webkit.VisitOf(c).IsSignedIn() {
		return fault.New(fault.Unauthenticated, "Sign in to continue.")
	}
	err := s.people.LinkIdentity(c.UserContext(), webkit.VisitOf(c).User, f, r)
	if err != nil {
		r := s.kit.RefusalOf(c, err)
		return s.drawAccount(c, r.Status, accountResult{form: "identity", faults: map[string]string{"": r.Message}})
	}
	return webkit.Redirect(c, "/account?done=linked")
}

// UnlinkOIDC unlinks the person's account at the provider and renews the cookie.
func (s *Pages) UnlinkOIDC(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	err := s.people.UnlinkIdentity(c.UserContext(), v.User, v.Login.ID)
	if err == nil {
		err = s.kit.RenewCookie(c.UserContext())
	}
	return s.answerAccount(c, "unlinked", err)
}

// ShowLoginLink shows the page behind a link that the operator created on the host. Opening it does not use the link up.
func (s *Pages) ShowLoginLink(c *fiber.Ctx) error {
	u, err := s.people.LoginLinkPerson(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, fiber.StatusOK, auth.LoginLink(s.placeOf(c), c.Params("token"), u.Email))
}

// UseLoginLink signs in the person of the link.
func (s *Pages) UseLoginLink(c *fiber.Ctx) error {
	l, err := s.people.SignInByLink(c.UserContext(), c.Params("token"), webkit.Peer(c), c.Get(fiber.HeaderUserAgent))
	if err != nil {
		return err
	}
	if err := s.kit.BindLogin(c, l); err != nil {
		return err
	}
	return webkit.Redirect(c, "/")
}
