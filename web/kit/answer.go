package kit

import (
	"context"
	"errors"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// Partial says whether a request wants only the part that is replaced. htmx names the kind; a history restore and a boosted
// link say "full". This file is the only one that knows htmx's headers.
func Partial(c *fiber.Ctx) bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-Request-Type") == "partial" && c.Get("HX-History-Restore-Request") != "true"
}

// Show answers with a page, or with its part where only that is wanted.
func (s *Kit) Show(c *fiber.Ctx, status int, page, part templ.Component) error {
	c.Append(fiber.HeaderVary, "HX-Request", "HX-Request-Type", "HX-History-Restore-Request")
	if Partial(c) && part != nil {
		return s.Draw(c, status, part)
	}
	return s.Draw(c, status, page)
}

// Draw renders straight into the body; an error leaves nothing half drawn because the error writer begins again.
func (s *Kit) Draw(c *fiber.Ctx, status int, t templ.Component) error {
	c.Status(status)
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return t.Render(s.drawing(c.UserContext(), VisitOf(c)), c.Response().BodyWriter())
}

// drawing is the context that views draw in: the token and team of forms, the person's time zone, the time.
func (s *Kit) drawing(ctx context.Context, v *Visit) context.Context {
	return ui.With(ctx, ui.Visit{CSRF: v.csrf, Team: v.actor.Slug, Zone: v.TimeZone(), Now: s.Clock.Now()})
}

// MoveTo sends the browser to a page after an act. htmx follows a redirect inside its fetch and would swap the whole page into a
// part, so it is told in a header instead.
func MoveTo(c *fiber.Ctx, path string) error {
	c.Append(fiber.HeaderVary, "HX-Request")
	if c.Get("HX-Request") == "true" {
		c.Set("HX-Redirect", path)
		return c.SendStatus(fiber.StatusNoContent)
	}
	return c.Redirect(path, fiber.StatusSeeOther)
}

// refusal is what a person is shown of an error.
type refusal struct {
	Status    int
	Message   string
	Reference string
}

// Refuse turns an error into a refusal; what is not a fault is logged once, here, and never shown.
func (s *Kit) Refuse(c *fiber.Ctx, err error) refusal {
	var fe *fiber.Error
	if errors.As(err, &fe) {
		return frameworkRefusal(c, fe)
	}
	switch fault.KindOf(err) {
	case fault.NotFound:
		return refusal{Status: fiber.StatusNotFound, Message: fault.Missing(nounAt(c.Path())).Message}
	case fault.Internal:
		s.Log.Error("request failed", "error", err, "request_id", RequestID(c), "method", c.Method(), "path", c.Path())
		return refusal{fiber.StatusInternalServerError, "This could not be done because of a fault in the server. It was written down; try again.", RequestID(c)}
	}
	var f *fault.Error
	errors.As(err, &f)
	return refusal{Status: status.Of(err), Message: f.Message}
}

// frameworkRefusal words what Fiber itself refuses.
func frameworkRefusal(c *fiber.Ctx, fe *fiber.Error) refusal {
	switch fe.Code {
	case fiber.StatusNotFound, fiber.StatusMethodNotAllowed:
		return refusal{Status: fiber.StatusNotFound, Message: fault.Missing(nounAt(c.Path())).Message}
	case fiber.StatusRequestEntityTooLarge:
		return refusal{Status: fe.Code, Message: "This is too large for this form; the longest, a prompt, may have 1 MiB."}
	case fiber.StatusMisdirectedRequest:
		return refusal{Status: fe.Code, Message: fe.Message}
	}
	return refusal{Status: fe.Code, Message: "This request could not be read."}
}

// nounAt names what an address is about by its shape alone, so that a missing thing, another team's thing and a missing team
// read the same.
func nounAt(path string) string {
	p := strings.Split(strings.Trim(path, "/"), "/")
	if len(p) >= 4 && p[0] == "t" {
		switch p[2] {
		case "sessions":
			return "session"
		case "repositories":
			return "repository"
		case "providers":
			return "provider"
		case "people":
			return "person"
		case "invitations":
			return "invitation"
		case "tokens":
			return "token"
		}
	}
	if len(p) >= 3 && p[0] == "admin" {
		switch p[1] {
		case "tenants":
			return "team"
		case "users":
			return "person"
		}
	}
	return "page"
}

// AnswerError is Fiber's error handler: every error of every page ends here and nowhere else; the API words its own.
func (s *Kit) AnswerError(c *fiber.Ctx, err error) error {
	c.Response().ResetBody()
	s.setHeaders(c)
	s.noteRefusal(c, err)
	if s.Opts.API != nil && fromProgram(c) {
		return s.Opts.API.Refuse(c, err)
	}
	var ot otherTeam
	switch {
	case errors.As(err, &ot):
		return s.answerOtherTeam(c, ot)
	case fault.Is(err, fault.Unauthenticated):
		return s.answerStranger(c)
	}
	r := s.Refuse(c, err)
	if r.Status == fiber.StatusNotFound {
		// Fiber adds which methods an address knows; a missing page does not tell.
		c.Response().Header.Del(fiber.HeaderAllow)
	}
	return s.drawRefusal(c, r)
}

// fromProgram says whether a request was for the API. Of one whose body grows too large in chunks nothing is left, not even
// the host: browsers always send a form's length, so that was a program.
func fromProgram(c *fiber.Ctx) bool {
	return strings.HasPrefix(c.Path(), APIPrefix+"/") || len(c.Request().Header.Host()) == 0
}
