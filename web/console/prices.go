package console

import (
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	views "github.com/industrial-orchestrator/orchestrator/views/instance"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowPrices shows the price table of the instance.
func (s *Pages) ShowPrices(c *fiber.Ctx) error {
	return s.drawPrices(c, fiber.StatusOK, views.PriceForm{}, nil)
}

// AddPrice adds a price for a model, valid from a day.
func (s *Pages) AddPrice(c *fiber.Ctx) error {
	f := views.PriceForm{Provider: c.FormValue("provider"), Model: c.FormValue("model"), From: c.FormValue("from"), Input: c.FormValue("input"),
		Output: c.FormValue("output"), CacheRead: c.FormValue("cache_read"), CacheWrite: c.FormValue("cache_write")}
	v, err := priceFrom(f)
	if err == nil {
		err = s.models.AddPrice(c.UserContext(), adminActor(c), v)
	}
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawPrices(c, fiber.StatusUnprocessableEntity, f, faults)
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/admin/prices?done=priced")
}

// priceFrom reads the dollars and the day of a form. No day is now.
func priceFrom(f views.PriceForm) (p instance.Price, err error) {
	var faults fault.Fields
	p.Provider, p.Model = f.Provider, f.Model
	if p.From, err = startOfDay(time.UTC, f.From, 0); err != nil {
		faults.Add("from", "%s", err.Error())
	}
	for _, n := range []struct {
		field, text string
		to          *int64
	}{{"input", f.Input, &p.Price.Input}, {"output", f.Output, &p.Price.Output}, {"cache_read", f.CacheRead, &p.Price.CacheRead}, {"cache_write", f.CacheWrite, &p.Price.CacheWrite}} {
		v, ok := quota.Dollars(n.text)
		if *n.to = v; !ok {
			faults.Add(n.field, "Enter an amount in dollars such as 3 or 0.25 (you entered %q).", n.text)
		}
	}
	return p, faults.Err()
}

// drawPrices draws the price table with the values and faults of the form.
func (s *Pages) drawPrices(c *fiber.Ctx, status int, f views.PriceForm, faults map[string]string) error {
	versions, err := s.models.Prices(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	v := views.Prices{Versions: versions, Form: f, Faults: faults, Now: s.kit.Clock.Now()}
	return s.drawAdmin(c, status, "admin-prices", "Prices", func(p shell.Page) templ.Component { return views.PricesPage(p, v) })
}
