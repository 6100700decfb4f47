package kit

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// AnswerError is Fiber's error handler. It answers every error of a page, and passes errors of the API to the API.
func (s *Kit) AnswerError(c *fiber.Ctx, err error) error {
	ctx, stop := withTime(c.UserContext())
	defer stop()
	c.SetUserContext(ctx)
	c.Response().ResetBody()
	s.setHeaders(c)
	s.recordRefusal(c, err)
	if s.Opts.API != nil && isFromProgram(c) {
		return s.Opts.API.Refuse(c, err)
	}
	var ot otherTeam
	switch {
	case errors.As(err, &ot):
		return s.answerOtherTeam(c, ot)
	case fault.Is(err, fault.Unauthenticated):
		return s.answerStranger(c)
	}
	r := s.RefusalOf(c, err)
	if r.Status == fiber.StatusNotFound {
		// Fiber lists the methods of an address; a missing page does not reveal them.
		c.Response().Header.Del(fiber.HeaderAllow)
	}
	return s.drawRefusal(c, r)
}

// withTime returns a context for answering a request: a short one of its own if the request's time is over.
func withTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}

// Refusal is what a page shows of an error: its status, a sentence, and the request id where the log has more.
type Refusal struct {
	Status    int
	Message   string
	Reference string
}

// RefusalOf turns an error into a refusal. An error that is no fault is logged here, and its text is not shown.
func (s *Kit) RefusalOf(c *fiber.Ctx, err error) Refusal {
	var fe *fiber.Error
	if errors.As(err, &fe) {
		return frameworkRefusal(c, fe)
	}
	switch fault.KindOf(err) {
	case fault.NotFound:
		return Refusal{Status: fiber.StatusNotFound, Message: fault.Missing(nounAt(c.Path())).Message}
	case fault.Internal:
		s.Log.Error("request failed", "error", err, "request_id", RequestID(c), "method", c.Method(), "path", c.Path())
		return Refusal{fiber.StatusInternalServerError, "The server failed to do this. The error was logged. Try again.", RequestID(c)}
	}
	var f *fault.Error
	errors.As(err, &f)
	return Refusal{Status: status.Of(err), Message: f.Message}
}

// frameworkRefusal is the refusal of a request that Fiber itself rejects.
func frameworkRefusal(c *fiber.Ctx, fe *fiber.Error) Refusal {
	switch fe.Code {
	case fiber.StatusNotFound, fiber.StatusMethodNotAllowed:
		return Refusal{Status: fiber.StatusNotFound, Message: fault.Missing(nounAt(c.Path())).Message}
	case fiber.StatusRequestEntityTooLarge:
		return Refusal{Status: fe.Code, Message: "The form is too large. A prompt can be up to 1 MiB."}
	case fiber.StatusMisdirectedRequest, fiber.StatusUnsupportedMediaType:
		return Refusal{Status: fe.Code, Message: fe.Message}
	}
	return Refusal{Status: fe.Code, Message: "The server could not read this request."}
}

// isFromProgram reports whether a request was for the API. A chunked body that grows too large leaves a request without path and
// host. Browsers always send the length of a form, so such a request came from a program.
func isFromProgram(c *fiber.Ctx) bool {
	return strings.HasPrefix(c.Path(), APIPrefix+"/") || len(c.Request().Header.Host()) == 0
}

// recordRefusal writes a refused action to the audit log. The API records its own.
func (s *Kit) recordRefusal(c *fiber.Ctx, err error) {
	if !fault.Is(err, fault.Forbidden) || isFromProgram(c) {
		return
	}
	route := c.Method() + " " + c.Route().Path
	action := cmp.Or(s.Policies[route], tenant.Action("request"))
	s.kernel.Refused(c.UserContext(), Actor(c), string(action), c.Params("id"), route+": "+err.Error())
}
