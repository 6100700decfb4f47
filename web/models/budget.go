package models

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/budget"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowBudget shows the team's budget of the month and the requests for more.
func (s *Pages) ShowBudget(c *fiber.Ctx) error {
	return s.drawBudget(c, fiber.StatusOK, budget.Form{}, nil)
}

// RequestBudget sends a lead's request for a higher budget to the admins.
func (s *Pages) RequestBudget(c *fiber.Ctx) error {
	form := budget.Form{Tokens: c.FormValue("tokens"), Cost: c.FormValue("cost"), Reason: c.FormValue("reason")}
	wanted, err := webkit.LimitsFrom(form)
	if err == nil {
		_, err = s.models.RequestBudget(c.UserContext(), webkit.Actor(c), wanted, form.Reason)
	}
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawBudget(c, fiber.StatusUnprocessableEntity, form, faults)
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/budget?done=asked")
}

// drawBudget draws the page with the values and faults of a form.
func (s *Pages) drawBudget(c *fiber.Ctx, status int, form budget.Form, faults map[string]string) error {
	p, err := s.kit.NewPage(c, "budget", "Budget")
	if err != nil {
		return err
	}
	m, err := s.readMonth(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	if m.Form, m.Faults = form, faults; m.CanAsk {
		p.Primary = nil // the form has the primary button
	}
	return s.kit.DrawPageOrPart(c, status, budget.Page(p, m), nil)
}

// readMonth reads what the page shows of the month.
func (s *Pages) readMonth(ctx context.Context, by tenant.Actor) (m budget.Month, err error) {
	m = budget.Month{Base: "/t/" + by.Slug, CanAsk: by.Can(tenant.AskBudget), Now: s.kit.Clock.Now()}
	if m.Budget, err = s.models.Budget(ctx, by); err != nil {
		return m, err
	}
	if m.Days, err = s.models.Month(ctx, by); err != nil {
		return m, err
	}
	if m.Kept, err = s.models.Storage(ctx, by); err != nil {
		return m, err
	}
	if m.Limits, err = s.people.Limits(ctx, by); err != nil {
		return m, err
	}
	m.Requests, err = s.models.BudgetRequests(ctx, by)
	return m, err
}

// budgetRegions are the figures of the month on the open page.
func (s *Pages) budgetRegions(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
	m, err := s.readMonth(ctx, f.By)
	return []webkit.Region{webkit.NewRegion("#budget-now", webkit.OuterMorph, budget.Now(m)), webkit.NewRegion("#budget-days", webkit.OuterMorph, budget.Days(m)), webkit.NewRegion("#budget-kept", webkit.OuterMorph, budget.Kept(m))}, err
}
