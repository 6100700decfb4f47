package models

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/views/budget"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowCosts holds the month's cost as charged against what agents say and what the price table makes of it.
func (s *Pages) ShowCosts(c *fiber.Ctx) error {
	p, err := s.kit.Frame(c, "budget", "Truth of cost")
	if err != nil {
		return err
	}
	t, err := s.work.Costs(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	return s.kit.Draw(c, fiber.StatusOK, budget.CostsPage(p, budget.Costs{Base: p.Team.Path(), Truth: t}))
}
