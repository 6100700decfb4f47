package people

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/team"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowPeople shows the members of the team, its limits and its use in this month.
func (s *Pages) ShowPeople(c *fiber.Ctx) error {
	return s.drawPeople(c, fiber.StatusOK, team.InviteForm{}, "")
}

// drawPeople draws the page with the faults of a form, or with the link of a new invitation, which is shown once.
func (s *Pages) drawPeople(c *fiber.Ctx, status int, form team.InviteForm, link string) error {
	p, err := s.kit.NewPage(c, "people", "People and limits")
	if err != nil {
		return err
	}
	t, err := s.readTeam(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	t.Invite, t.Link, t.Mailed = form, link, s.people.SendsMail()
	return s.kit.DrawPageOrPart(c, status, team.Page(p, t), nil)
}

// readTeam reads what the page shows.
func (s *Pages) readTeam(ctx context.Context, by tenant.Actor) (t team.Team, err error) {
	t = team.Team{Base: "/t/" + by.Slug, By: by, Now: s.kit.Clock.Now()}
	if t.People, err = s.people.Members(ctx, by); err != nil {
		return t, err
	}
	if t.Limits, err = s.people.Limits(ctx, by); err != nil {
		return t, err
	}
	if t.Days, err = s.models.Month(ctx, by); err != nil {
		return t, err
	}
	if t.Budget, err = s.models.Budget(ctx, by); err != nil {
		return t, err
	}
	return t, s.addLeadsView(ctx, by, &t)
}

// addLeadsView adds what only a lead sees: open invitations and all API tokens.
func (s *Pages) addLeadsView(ctx context.Context, by tenant.Actor, t *team.Team) (err error) {
	if by.Can(tenant.ReadInvitations) {
		if t.Invitations, err = s.people.Invitations(ctx, by); err != nil {
			return err
		}
	}
	if by.Can(tenant.ReadTokens) {
		t.Tokens, err = s.people.TeamTokens(ctx, by)
	}
	return err
}
