package work

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/overview"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowOverview shows the first page of a team.
func (s *Pages) ShowOverview(c *fiber.Ctx) error {
	p, err := s.kit.NewPage(c, "overview", "Overview")
	if err != nil {
		return err
	}
	o, err := s.readOverview(c.UserContext(), webkit.Actor(c), p.NeedsYou, p.Asks)
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, fiber.StatusOK, overview.Page(p, o))
}

// readOverview reads the overview. needs is how many approvals and questions wait for the reader and asks how many for anybody, which
// may be more than it lists.
func (s *Pages) readOverview(ctx context.Context, by tenant.Actor, needs, asks int64) (overview.Overview, error) {
	o, err := s.work.Overview(ctx, by)
	return overview.Overview{Base: "/t/" + by.Slug, By: by, Counts: o.Counts, Limits: o.Limits, NeedsYou: needs, Asks: asks, Needs: o.NeedsYou,
		Troubled: o.Troubled, Active: o.Active, Waiting: o.Waiting, Queue: o.WaitingQueue, EndedToday: o.EndedToday,
		EndedCounts: o.EndedTodayCounts, Days: o.Days, Budget: o.Budget, Now: o.Now}, err
}

// ShowNeedsYou lists every approval and question of the team that waits for a person.
func (s *Pages) ShowNeedsYou(c *fiber.Ctx) error {
	p, err := s.kit.NewPage(c, "needs-you", "Needs you")
	if err != nil {
		return err
	}
	p.Title = p.NeedsLabel()
	asks, err := s.work.NeedsYou(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, fiber.StatusOK, overview.NeedsPage(p, p.Team.Path(), webkit.Actor(c), asks))
}
