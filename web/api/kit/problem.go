package kit

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// Problem is every error's body, as RFC 9457 has it. Code is for programs, Detail a sentence for people.
type Problem struct {
	Title  string         `json:"title" doc:"The name of the status."`
	Status int            `json:"status" doc:"The HTTP status."`
	Code   string         `json:"code" doc:"What kind of failure it is: invalid, unauthenticated, forbidden, not_found, conflict, quota_exceeded, unavailable, internal, or one of malformed, too_large, unsupported_media_type, method_not_allowed, misdirected."`
	Detail string         `json:"detail" doc:"A sentence that says what is wrong and what would be right."`
	Errors []FieldProblem `json:"errors,omitempty" doc:"Each input that is at fault, where it is known."`
	Limit  *LimitProblem  `json:"limit,omitempty" doc:"The limit that was reached, of quota_exceeded."`
}

// FieldProblem is what is wrong with one input.
type FieldProblem struct {
	Location string `json:"location" doc:"Where the input is, such as body.title, body.models[0].context or query.limit."`
	Message  string `json:"message" doc:"A sentence that says what would be right."`
}

// LimitProblem is the limit a refusal is about.
type LimitProblem struct {
	Name    string `json:"name"`
	Value   int64  `json:"value"`
	Used    int64  `json:"used" doc:"What is used, with what is reserved."`
	Held    int64  `json:"reserved" doc:"What of used is held by model calls under way; they give back what they do not need."`
	FreesAt *Time  `json:"frees_at" nullable:"true" doc:"When it frees by itself, where that is known."`
	WhoCan  string `json:"who_can" doc:"The role that can change it."`
}

// Error, GetStatus and ContentType are what huma asks of an error it writes.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is problem+json whatever was negotiated.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// notFound is the one 404: what is not there, what is not yours, and what is no id read the same to the byte.
func notFound() *Problem {
	return newProblem(http.StatusNotFound, string(fault.NotFound), "There is nothing here that this token can see.")
}

// Invalid is the answer to inputs that cannot be taken; its sentence is the first one's.
func Invalid(all ...FieldProblem) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, string(fault.Invalid), "This input does not fit: see the document at "+Prefix+"/openapi.json.")
	if len(all) > 0 {
		p.Detail, p.Errors = all[0].Location+": "+all[0].Message, all
	}
	return p
}

// problemOf turns an error into what its sender is told; what is not a fault is logged once, here, and never shown.
func (a *Kit) problemOf(r request, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var fe *fiber.Error
	if errors.As(err, &fe) {
		return frameworkProblem(fe)
	}
	kind := fault.KindOf(err)
	switch kind {
	case fault.NotFound:
		return notFound()
	case fault.Internal:
		a.Log.Error("request failed", "error", err, "request_id", r.ID, "method", r.method, "path", r.path)
		return newProblem(http.StatusInternalServerError, string(kind), "This could not be done because of a fault in the server. It was written down under the id in X-Request-Id; try again.")
	}
	return faultProblem(r, kind, err)
}

func faultProblem(r request, kind fault.Kind, err error) *Problem {
	var f *fault.Error
	errors.As(err, &f)
	p := newProblem(status.Of(err), string(kind), f.Message)
	p.Errors = fieldProblems(r, err)
	if l := f.Limit; l != nil {
		p.Limit = &LimitProblem{l.Name, l.Value, l.Used, l.Held, TimeOrNull(l.FreesAt), l.WhoCan}
	}
	return p
}

// fieldProblems lists the fields of an error with where they were sent: in the body, or in the query of what only reads.
func fieldProblems(r request, err error) (all []FieldProblem) {
	var many fault.Fields
	var one *fault.Error
	if !errors.As(err, &many) && errors.As(err, &one) {
		many = fault.Fields{one}
	}
	place := "body."
	if r.method != http.MethodPost {
		place = "query."
	}
	for _, f := range many {
		if f.Field != "" {
			all = append(all, FieldProblem{Location: place + f.Field, Message: f.Message})
		}
	}
	return all
}

// frameworkProblem words what Fiber itself refuses.
func frameworkProblem(fe *fiber.Error) *Problem {
	switch fe.Code {
	case fiber.StatusNotFound:
		return notFound()
	case fiber.StatusMethodNotAllowed:
		return newProblem(fe.Code, "method_not_allowed", "This address does not take this method. The header Allow lists those it takes.")
	case fiber.StatusRequestEntityTooLarge:
		return tooLarge()
	case fiber.StatusMisdirectedRequest:
		return newProblem(fe.Code, "misdirected", fe.Message)
	}
	return newProblem(fe.Code, "malformed", "This request could not be read.")
}

func tooLarge() *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, "too_large", "This is too large for this operation; the longest body, with a prompt, has less than 1 MiB.")
}

// Prefix is where the API is mounted.
const Prefix = "/api/v1"

// Refuse writes any error of any address below Prefix; it is for Fiber's error handler.
func (a *Kit) Refuse(c *fiber.Ctx, err error) error {
	a.noteRefusal(c.UserContext(), VisitOf(c), err)
	p := a.problemOf(requestOf(c), err)
	c.Response().ResetBody()
	switch p.Status {
	case http.StatusNotFound:
		c.Response().Header.Del(fiber.HeaderAllow)
	case http.StatusUnauthorized:
		c.Set(fiber.HeaderWWWAuthenticate, challenge(c.Get(fiber.HeaderAuthorization)))
	case http.StatusTooManyRequests:
		if at := p.freesAt(); at != "" {
			c.Set(fiber.HeaderRetryAfter, at)
		}
	}
	c.Status(p.Status).Set(fiber.HeaderContentType, problemType)
	return Encode(c.Response().BodyWriter(), p)
}

// challenge says how to sign in, and that a token was no good where one was sent (RFC 6750).
func challenge(sent string) string {
	if strings.TrimSpace(sent) == "" {
		return `Bearer realm="orchestrator"`
	}
	return `Bearer realm="orchestrator", error="invalid_token"`
}

// Encode writes every body of this API, so that the same answer has the same bytes whoever makes it.
func Encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
