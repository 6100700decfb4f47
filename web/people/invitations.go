package people

import (
	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowInvitation shows the page behind an invitation's link. Opening it does not use the link up.
func (s *Pages) ShowInvitation(c *fiber.Ctx) error {
	in, err := s.people.OpenInvitation(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.drawInvitation(c, fiber.StatusOK, in, nil)
}

// JoinAsNewUser creates the invited user, signs them in and opens the team.
func (s *Pages) JoinAsNewUser(c *fiber.Ctx) error {
	token := c.Params("token")
	u, t, err := s.people.JoinAsNew(c.UserContext(), token, c.FormValue("name"), c.FormValue("password"))
	if faults := webkit.FaultsOf(err); faults != nil {
		in, err := s.people.OpenInvitation(c.UserContext(), token)
		if err != nil {
			return err
		}
		return s.drawInvitation(c, fiber.StatusUnprocessableEntity, in, faults)
	}
	if err != nil {
		return err
	}
	return s.signInByProof(c, u, "/t/"+t.Slug+"?done=joined")
}

// JoinTeam adds the signed-in person to the team.
func (s *Pages) JoinTeam(c *fiber.Ctx) error {
	t, err := s.people.Join(c.UserContext(), webkit.VisitOf(c).User, c.Params("token"))
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+t.Slug+"?done=joined")
}

// drawInvitation draws the page behind an invitation's link.
func (s *Pages) drawInvitation(c *fiber.Ctx, status int, in apppeople.Invited, faults ui.Faults) error {
	u, v := webkit.VisitOf(c).User, in.Invitation
	return s.kit.DrawPage(c, status, auth.InvitationPage(auth.Invitation{Place: s.placeOf(c), Token: c.Params("token"), TeamName: in.Team.Name, Role: string(v.Role),
		ByName: v.ByName, Email: v.Email, Known: in.Known, SignedInAs: u.Email, Mine: u.Email != "" && v.For(u.Email), Elsewhere: s.identityProvider(), Name: c.FormValue("name"), Faults: faults}))
}

// ShowPasswordReset shows the page behind a reset link.
func (s *Pages) ShowPasswordReset(c *fiber.Ctx) error {
	return s.drawReset(c, fiber.StatusOK, nil)
}

// ResetPassword sets a new password and signs in. A second factor is still required.
func (s *Pages) ResetPassword(c *fiber.Ctx) error {
	u, err := s.people.SetNewPassword(c.UserContext(), c.Params("token"), c.FormValue("password"), c.FormValue("revoke_tokens") != "")
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawReset(c, fiber.StatusUnprocessableEntity, faults)
	}
	if err != nil {
		return err
	}
	return s.signInByProof(c, u, "/")
}

// drawReset draws the page behind a reset link.
func (s *Pages) drawReset(c *fiber.Ctx, status int, faults ui.Faults) error {
	u, err := s.people.ResetLinkPerson(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, status, auth.ResetPage(auth.Reset{Place: s.placeOf(c), Token: c.Params("token"), Email: u.Email, Faults: faults}))
}
