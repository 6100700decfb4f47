package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/views/budget"
)

// showCosts holds the month's cost as charged against what agents say and what the price table makes of it.
func (s *Server) showCosts(c *fiber.Ctx) error {
	p, err := s.frame(c, "budget", "Truth of cost")
	if err != nil {
		return err
	}
	t, err := s.app.Work.Costs(c.UserContext(), actor(c))
	if err != nil {
		return err
	}
	return s.draw(c, fiber.StatusOK, budget.CostsPage(p, budget.Costs{Base: p.Team.Path(), Truth: t}))
}
