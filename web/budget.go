package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/budget"
)

// showBudget is how the team's month stands and what was asked for.
func (s *Server) showBudget(c *fiber.Ctx) error {
	return s.drawBudget(c, fiber.StatusOK, budget.Form{}, nil)
}

// askBudget sends a lead's request for more to who runs the instance.
func (s *Server) askBudget(c *fiber.Ctx) error {
	form := budget.Form{Tokens: c.FormValue("tokens"), Cost: c.FormValue("cost"), Reason: c.FormValue("reason")}
	wanted, err := wantedFrom(form)
	if err == nil {
		_, err = s.app.Models.AskBudget(c.UserContext(), actor(c), wanted, form.Reason)
	}
	if faults := faultsOf(err); faults != nil {
		return s.drawBudget(c, fiber.StatusUnprocessableEntity, form, faults)
	}
	if err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/budget?done=asked")
}

// wantedFrom reads the limits a form asks for; an empty field leaves a limit as it is.
func wantedFrom(f budget.Form) (l quota.Limits, err error) {
	var faults fault.Fields
	if text := strings.ReplaceAll(strings.TrimSpace(f.Tokens), ",", ""); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if l.Tokens = &n; err != nil {
			faults.Add("tokens", "%q is not a whole number such as 80,000,000.", f.Tokens)
		}
	}
	if text := strings.TrimSpace(f.Cost); text != "" {
		n, ok := quota.Dollars(text)
		if l.Cost = &n; !ok {
			faults.Add("cost", "%q is not an amount in dollars such as 250.", f.Cost)
		}
	}
	return l, faults.Err()
}

func (s *Server) drawBudget(c *fiber.Ctx, status int, form budget.Form, faults map[string]string) error {
	p, err := s.frame(c, "budget", "Budget")
	if err != nil {
		return err
	}
	m, err := s.monthOf(c.UserContext(), actor(c))
	if err != nil {
		return err
	}
	if m.Form, m.Faults = form, faults; m.CanAsk {
		p.Primary = nil // the form's own button is the page's one
	}
	return s.show(c, status, budget.Page(p, m), nil)
}

func (s *Server) monthOf(ctx context.Context, by tenant.Actor) (m budget.Month, err error) {
	m = budget.Month{Base: "/t/" + by.Slug, CanAsk: by.Can(tenant.AskBudget), Now: s.clock.Now()}
	if m.Budget, err = s.app.Models.Budget(ctx, by); err != nil {
		return m, err
	}
	if m.Days, err = s.app.Models.Month(ctx, by); err != nil {
		return m, err
	}
	if m.Kept, err = s.app.Models.Storage(ctx, by); err != nil {
		return m, err
	}
	if m.Limits, err = s.app.People.Limits(ctx, by); err != nil {
		return m, err
	}
	m.Requests, err = s.app.Models.BudgetRequests(ctx, by)
	return m, err
}

// budgetRegions are the figures of the month on its page.
func (s *Server) budgetRegions(ctx context.Context, f *teamFeed) ([]region, error) {
	m, err := s.monthOf(ctx, f.by)
	return []region{newRegion("#budget-now", whole, budget.Now(m)), newRegion("#budget-days", whole, budget.Days(m)), newRegion("#budget-kept", whole, budget.Kept(m))}, err
}
