package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/overview"
)

// overview is a team's first page.
func (s *Server) overview(c *fiber.Ctx) error {
	p, err := s.frame(c, "overview", "Overview")
	if err != nil {
		return err
	}
	o, err := s.overviewOf(c.UserContext(), actor(c), p.NeedsYou)
	if err != nil {
		return err
	}
	return s.draw(c, fiber.StatusOK, overview.Page(p, o))
}

// overviewOf reads the overview as it stands now; needs is how many questions wait, which may be more than it lists.
func (s *Server) overviewOf(ctx context.Context, by tenant.Actor, needs int64) (overview.Overview, error) {
	o, err := s.app.Work.Overview(ctx, by)
	return overview.Overview{Base: "/t/" + by.Slug, By: by, Counts: o.Counts, Limits: o.Limits, NeedsYou: needs, Needs: o.NeedsYou,
		Troubled: o.Troubled, Active: o.Active, Waiting: o.Waiting, Queue: o.WaitingQueue, EndedToday: o.EndedToday,
		EndedCounts: o.EndedTodayCounts, Days: o.Days, Budget: o.Budget, Now: o.Now}, err
}

// needsYou lists every question of the team that waits for a person.
func (s *Server) needsYou(c *fiber.Ctx) error {
	p, err := s.frame(c, "needs-you", "Needs you")
	if err != nil {
		return err
	}
	asks, err := s.app.Work.NeedsYou(c.UserContext(), actor(c))
	if err != nil {
		return err
	}
	return s.draw(c, fiber.StatusOK, overview.NeedsPage(p, p.Team.Path(), actor(c), asks))
}
