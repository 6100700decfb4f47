package models

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/views/budget"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowCosts compares the month's charged cost with what agents reported and with the price table.
func (s *Pages) ShowCosts(c *fiber.Ctx) error {
	p, err := s.kit.NewPage(c, "budget", "Cost reconciliation")
	if err != nil {
		return err
	}
	t, err := s.work.CompareCosts(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, fiber.StatusOK, budget.CostsPage(p, budget.Costs{Base: p.Team.Path(), Truth: t}))
}
