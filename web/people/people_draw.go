package people

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/team"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// People is who is in the team, what its limits are and what this month used.
func (s *Pages) People(c *fiber.Ctx) error {
	return s.drawPeople(c, fiber.StatusOK, team.InviteForm{}, "")
}

// drawPeople shows the page with a form as it was refused, or a new invitation's link, which no later page shows.
func (s *Pages) drawPeople(c *fiber.Ctx, status int, form team.InviteForm, link string) error {
	p, err := s.kit.Frame(c, "people", "People and limits")
	if err != nil {
		return err
	}
	t, err := s.teamOf(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	t.Invite, t.Link, t.Mailed = form, link, s.people.SendsMail()
	return s.kit.Show(c, status, team.Page(p, t), nil)
}

func (s *Pages) teamOf(ctx context.Context, by tenant.Actor) (t team.Team, err error) {
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

// addLeadsView adds what only who decides about the team reads: open invitations and everybody's tokens.
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
