package people

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/team"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// answerPeople shows the members again with a confirmation.
func (s *Pages) answerPeople(c *fiber.Ctx, what string, err error) error {
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/people?done="+what)
}

// SetRole changes a member's role.
func (s *Pages) SetRole(c *fiber.Ctx) error {
	err := s.people.SetRole(c.UserContext(), webkit.Actor(c), webkit.MemberID(c), tenant.Role(c.FormValue("role")))
	return s.answerPeople(c, "role", err)
}

// RemoveMember removes a member from the team. Who removes themselves leaves.
func (s *Pages) RemoveMember(c *fiber.Ctx) error {
	if webkit.MemberID(c) == webkit.Actor(c).User {
		return s.LeaveTeam(c)
	}
	return s.answerPeople(c, "removed", s.people.RemoveMember(c.UserContext(), webkit.Actor(c), webkit.MemberID(c)))
}

// LeaveTeam removes the person from the team and redirects home, because they can no longer see the page.
func (s *Pages) LeaveTeam(c *fiber.Ctx) error {
	if err := s.people.LeaveTeam(c.UserContext(), webkit.Actor(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, "/")
}

// Invite creates an invitation and shows its link once.
func (s *Pages) Invite(c *fiber.Ctx) error {
	form := team.InviteForm{Email: c.FormValue("email"), Role: c.FormValue("role")}
	token, _, err := s.people.Invite(c.UserContext(), webkit.Actor(c), form.Email, tenant.Role(form.Role))
	if form.Faults = webkit.FaultsOf(err); form.Faults != nil {
		return s.drawPeople(c, fiber.StatusUnprocessableEntity, form, "")
	}
	if err != nil {
		return err
	}
	return s.drawPeople(c, fiber.StatusCreated, team.InviteForm{}, s.kit.AbsoluteURL(c, "/invitations/"+token))
}

// RevokeInvitation revokes an open invitation.
func (s *Pages) RevokeInvitation(c *fiber.Ctx) error {
	return s.answerPeople(c, "invite", s.people.RevokeInvitation(c.UserContext(), webkit.Actor(c), c.Params("id")))
}

// RevokeMemberToken revokes an API token of any member of the team.
func (s *Pages) RevokeMemberToken(c *fiber.Ctx) error {
	return s.answerPeople(c, "token", s.people.RevokeMemberToken(c.UserContext(), webkit.Actor(c), c.Params("id")))
}
