package web

import (
	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// showInvitation is the page behind an invitation's link. Looking at it uses nothing up.
func (s *Server) showInvitation(c *fiber.Ctx) error {
	in, err := s.app.People.OpenInvitation(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.drawInvitation(c, fiber.StatusOK, in, nil)
}

// joinAsNew makes the invited person, signs in and lands in the team.
func (s *Server) joinAsNew(c *fiber.Ctx) error {
	token := c.Params("token")
	u, t, err := s.app.People.JoinAsNew(c.UserContext(), token, c.FormValue("name"), c.FormValue("password"))
	if faults := faultsOf(err); faults != nil {
		in, err := s.app.People.OpenInvitation(c.UserContext(), token)
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

// join puts who is signed in into the team.
func (s *Server) join(c *fiber.Ctx) error {
	t, err := s.app.People.Join(c.UserContext(), visitOf(c).user, c.Params("token"))
	if err != nil {
		return err
	}
	return moveTo(c, "/t/"+t.Slug+"?done=joined")
}

func (s *Server) drawInvitation(c *fiber.Ctx, status int, in apppeople.Invited, faults ui.Faults) error {
	u, v := visitOf(c).user, in.Invitation
	return s.draw(c, status, auth.InvitationPage(auth.Invitation{Place: s.place(c), Token: c.Params("token"), TeamName: in.Team.Name, Role: string(v.Role),
		ByName: v.ByName, Email: v.Email, Known: in.Known, SignedInAs: u.Email, Mine: u.Email != "" && v.For(u.Email), Elsewhere: s.elsewhere(), Name: c.FormValue("name"), Faults: faults}))
}

// showReset is the page behind a reset link.
func (s *Server) showReset(c *fiber.Ctx) error {
	return s.drawReset(c, fiber.StatusOK, nil)
}

// reset sets a new password and signs in; a second factor stays on and is asked for.
func (s *Server) reset(c *fiber.Ctx) error {
	u, err := s.app.People.SetNewPassword(c.UserContext(), c.Params("token"), c.FormValue("password"))
	if faults := faultsOf(err); faults != nil {
		return s.drawReset(c, fiber.StatusUnprocessableEntity, faults)
	}
	if err != nil {
		return err
	}
	return s.proved(c, u, "/")
}

func (s *Server) drawReset(c *fiber.Ctx, status int, faults ui.Faults) error {
	u, err := s.app.People.ResetLinkPerson(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	return s.draw(c, status, auth.ResetPage(auth.Reset{Place: s.place(c), Token: c.Params("token"), Email: u.Email, Faults: faults}))
}
