package people

import (
	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowInvitation is the page behind an invitation's link. Looking at it uses nothing up.
func (s *Pages) ShowInvitation(c *fiber.Ctx) error {
	in, err := s.people.OpenInvitation(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.drawInvitation(c, fiber.StatusOK, in, nil)
}

// JoinAsNew makes the invited person, signs in and lands in the team.
func (s *Pages) JoinAsNew(c *fiber.Ctx) error {
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
	return s.proved(c, u, "/t/"+t.Slug+"?done=joined")
}

// Join puts who is signed in into the team.
func (s *Pages) Join(c *fiber.Ctx) error {
	t, err := s.people.Join(c.UserContext(), webkit.VisitOf(c).User, c.Params("token"))
	if err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+t.Slug+"?done=joined")
}

func (s *Pages) drawInvitation(c *fiber.Ctx, status int, in apppeople.Invited, faults ui.Faults) error {
	u, v := webkit.VisitOf(c).User, in.Invitation
	return s.kit.Draw(c, status, auth.InvitationPage(auth.Invitation{Place: s.place(c), Token: c.Params("token"), TeamName: in.Team.Name, Role: string(v.Role),
		ByName: v.ByName, Email: v.Email, Known: in.Known, SignedInAs: u.Email, Mine: u.Email != "" && v.For(u.Email), Elsewhere: s.elsewhere(), Name: c.FormValue("name"), Faults: faults}))
}

// ShowReset is the page behind a reset link.
func (s *Pages) ShowReset(c *fiber.Ctx) error {
	return s.drawReset(c, fiber.StatusOK, nil)
}

// Reset sets a new password and signs in; a second factor stays on and is asked for.
func (s *Pages) Reset(c *fiber.Ctx) error {
	u, err := s.people.SetNewPassword(c.UserContext(), c.Params("token"), c.FormValue("password"))
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawReset(c, fiber.StatusUnprocessableEntity, faults)
	}
	if err != nil {
		return err
	}
	return s.proved(c, u, "/")
}

func (s *Pages) drawReset(c *fiber.Ctx, status int, faults ui.Faults) error {
	u, err := s.people.ResetLinkPerson(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.kit.Draw(c, status, auth.ResetPage(auth.Reset{Place: s.place(c), Token: c.Params("token"), Email: u.Email, Faults: faults}))
}
