package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/team"
)

// people is who is in the team, what its limits are and what this month used.
func (s *Server) people(c *fiber.Ctx) error {
	return s.drawPeople(c, fiber.StatusOK, team.InviteForm{}, "")
}

// drawPeople shows the page with a form as it was refused, or a new invitation's link, which no later page shows.
func (s *Server) drawPeople(c *fiber.Ctx, status int, form team.InviteForm, link string) error {
	p, err := s.frame(c, "people", "People and limits")
	if err != nil {
		return err
	}
	t, err := s.teamOf(c.UserContext(), actor(c))
	if err != nil {
		return err
	}
	t.Invite, t.Link, t.Mailed = form, link, s.app.People.SendsMail()
	return s.show(c, status, team.Page(p, t), nil)
}

func (s *Server) teamOf(ctx context.Context, by tenant.Actor) (t team.Team, err error) {
	t = team.Team{Base: "/t/" + by.Slug, By: by, Now: s.clock.Now()}
	if t.People, err = s.app.People.Members(ctx, by); err != nil {
		return t, err
	}
	if t.Limits, err = s.app.People.Limits(ctx, by); err != nil {
		return t, err
	}
	if t.Days, err = s.app.Models.Month(ctx, by); err != nil {
		return t, err
	}
	if t.Budget, err = s.app.Models.Budget(ctx, by); err != nil {
		return t, err
	}
	return t, s.addLeadsView(ctx, by, &t)
}

// addLeadsView adds what only who decides about the team reads: open invitations and everybody's tokens.
func (s *Server) addLeadsView(ctx context.Context, by tenant.Actor, t *team.Team) (err error) {
	if by.Can(tenant.ReadInvitations) {
		if t.Invitations, err = s.app.People.Invitations(ctx, by); err != nil {
			return err
		}
	}
	if by.Can(tenant.ReadTokens) {
		t.Tokens, err = s.app.People.TeamTokens(ctx, by)
	}
	return err
}
