package people

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/team"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// peopleDone shows the page of people again, which says what was done.
func (s *Pages) peopleDone(c *fiber.Ctx, what string, err error) error {
	if err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+webkit.Actor(c).Slug+"/people?done="+what)
}

func (s *Pages) SetRole(c *fiber.Ctx) error {
	err := s.people.SetRole(c.UserContext(), webkit.Actor(c), webkit.MemberID(c), tenant.Role(c.FormValue("role")))
	return s.peopleDone(c, "role", err)
}

func (s *Pages) RemoveMember(c *fiber.Ctx) error {
	if webkit.MemberID(c) == webkit.Actor(c).User {
		return s.LeaveTeam(c)
	}
	return s.peopleDone(c, "removed", s.people.RemoveMember(c.UserContext(), webkit.Actor(c), webkit.MemberID(c)))
}

// LeaveTeam takes the person out; what is left of the page is somebody else's, so the way goes home.
func (s *Pages) LeaveTeam(c *fiber.Ctx) error {
	if err := s.people.LeaveTeam(c.UserContext(), webkit.Actor(c)); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/")
}

// Invite makes an invitation and shows its link this once.
func (s *Pages) Invite(c *fiber.Ctx) error {
	form := team.InviteForm{Email: c.FormValue("email"), Role: c.FormValue("role")}
	token, _, err := s.people.Invite(c.UserContext(), webkit.Actor(c), form.Email, tenant.Role(form.Role))
	if form.Faults = webkit.FaultsOf(err); form.Faults != nil {
		return s.drawPeople(c, fiber.StatusUnprocessableEntity, form, "")
	}
	if err != nil {
		return err
	}
	return s.drawPeople(c, fiber.StatusCreated, team.InviteForm{}, s.kit.Address(c, "/invitations/"+token))
}

func (s *Pages) RevokeInvitation(c *fiber.Ctx) error {
	return s.peopleDone(c, "invite", s.people.RevokeInvitation(c.UserContext(), webkit.Actor(c), c.Params("id")))
}

func (s *Pages) EndToken(c *fiber.Ctx) error {
	return s.peopleDone(c, "token", s.people.EndToken(c.UserContext(), webkit.Actor(c), c.Params("id")))
}
