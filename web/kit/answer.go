package kit

import (
	"context"
	"io"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// WantsPart reports whether a request wants only the part of a page that is replaced. htmx names the kind of request; a history
// restore and a boosted link want the full page. Only this file reads htmx's headers for that.
func WantsPart(c *fiber.Ctx) bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-Request-Type") == "partial" && c.Get("HX-History-Restore-Request") != "true"
}

// DrawPageOrPart answers with part where the request wants only that and there is one, else with page.
func (s *Kit) DrawPageOrPart(c *fiber.Ctx, status int, page, part templ.Component) error {
	c.Append(fiber.HeaderVary, "HX-Request", "HX-Request-Type", "HX-History-Restore-Request")
	if WantsPart(c) && part != nil {
		return s.DrawPage(c, status, part)
	}
	return s.DrawPage(c, status, page)
}

// DrawPage renders t into the body. An error leaves no half a page, because the error handler empties the body first.
func (s *Kit) DrawPage(c *fiber.Ctx, status int, t templ.Component) error {
	c.Status(status)
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return t.Render(s.viewContext(c.UserContext(), VisitOf(c)), c.Response().BodyWriter())
}

// PartsOf is the markup of regions, for the answer to a form that stays on its page.
func PartsOf(rs ...Region) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		markup, err := RenderRegions(ctx, rs...)
		if err == nil {
			_, err = w.Write(markup)
		}
		return err
	})
}

// viewContext is the context that views are rendered in. It holds the form token, the team, the person's time zone and the time.
func (s *Kit) viewContext(ctx context.Context, v *Visit) context.Context {
	return ui.With(ctx, ui.Visit{CSRF: v.csrf, Team: v.actor.Slug, Zone: v.TimeZone(), Now: s.Clock.Now()})
}

// Redirect sends the browser to a page after a form was handled. htmx would follow a redirect inside its request and put the
// whole page into a part, so it receives the path in a header instead.
func Redirect(c *fiber.Ctx, path string) error {
	c.Append(fiber.HeaderVary, "HX-Request")
	if c.Get("HX-Request") == "true" {
		c.Set("HX-Redirect", path)
		return c.SendStatus(fiber.StatusNoContent)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}
