package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/team"
)

// memberID is the person an address names.
func memberID(c *fiber.Ctx) tenant.UserID { return tenant.UserID(c.Params("id")) }

// peopleDone shows the page of people again, which says what was done.
func (s *Server) peopleDone(c *fiber.Ctx, what string, err error) error {
	if err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/people?done="+what)
}

func (s *Server) setRole(c *fiber.Ctx) error {
	err := s.app.People.SetRole(c.UserContext(), actor(c), memberID(c), tenant.Role(c.FormValue("role")))
	return s.peopleDone(c, "role", err)
}

func (s *Server) removeMember(c *fiber.Ctx) error {
	if memberID(c) == actor(c).User {
		return s.leaveTeam(c)
	}
	return s.peopleDone(c, "removed", s.app.People.RemoveMember(c.UserContext(), actor(c), memberID(c)))
}

// leaveTeam takes the person out; what is left of the page is somebody else's, so the way goes home.
func (s *Server) leaveTeam(c *fiber.Ctx) error {
	if err := s.app.People.LeaveTeam(c.UserContext(), actor(c)); err != nil {
		return err
	}
	return moveTo(c, "/")
}

// invite makes an invitation and shows its link this once.
func (s *Server) invite(c *fiber.Ctx) error {
	form := team.InviteForm{Email: c.FormValue("email"), Role: c.FormValue("role")}
	token, _, err := s.app.People.Invite(c.UserContext(), actor(c), form.Email, tenant.Role(form.Role))
	if form.Faults = faultsOf(err); form.Faults != nil {
		return s.drawPeople(c, fiber.StatusUnprocessableEntity, form, "")
	}
	if err != nil {
		return err
	}
	return s.drawPeople(c, fiber.StatusCreated, team.InviteForm{}, s.address(c, "/invitations/"+token))
}

// address is where people reach a page of this server from elsewhere.
func (s *Server) address(c *fiber.Ctx, path string) string {
	if s.opts.PublicURL != "" {
		return strings.TrimSuffix(s.opts.PublicURL, "/") + path
	}
	return c.BaseURL() + path
}

func (s *Server) revokeInvitation(c *fiber.Ctx) error {
	return s.peopleDone(c, "invite", s.app.People.RevokeInvitation(c.UserContext(), actor(c), c.Params("id")))
}

func (s *Server) endToken(c *fiber.Ctx) error {
	return s.peopleDone(c, "token", s.app.People.EndToken(c.UserContext(), actor(c), c.Params("id")))
}
