package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/team"
)

// people is who is in the team, what its limits are and what this month used.
func (s *Server) people(c *fiber.Ctx) error {
	p, err := s.frame(c, "people", "People and limits")
	if err != nil {
		return err
	}
	t, err := s.teamOf(c.UserContext(), actor(c))
	if err != nil {
		return err
	}
	return s.show(c, fiber.StatusOK, team.Page(p, t), nil)
}

func (s *Server) teamOf(ctx context.Context, by tenant.Actor) (t team.Team, err error) {
	t = team.Team{Base: "/t/" + by.Slug, By: by, Now: s.clock.Now()}
	if t.People, err = s.app.Members(ctx, by); err != nil {
		return t, err
	}
	if t.Limits, err = s.app.Limits(ctx, by); err != nil {
		return t, err
	}
	t.Days, err = s.app.Month(ctx, by)
	return t, err
}
