package kit

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/web/status"
)

// Problem is the body of every error, in the format of RFC 9457. Code is for programs, Detail is a sentence for people.
type Problem struct {
	Title  string         `json:"title" doc:"The name of the status."`
	Status int            `json:"status" doc:"The HTTP status."`
	Code   string         `json:"code" doc:"The kind of error: invalid, unauthenticated, forbidden, not_found, conflict, quota_exceeded, unavailable, internal, in_progress, precondition_failed, malformed, too_large, unsupported_media_type, method_not_allowed or misdirected."`
	Detail string         `json:"detail" doc:"A sentence that explains what is wrong and how to correct it."`
	Errors []FieldProblem `json:"errors,omitempty" doc:"Each invalid input, if known; the first 20."`
	Limit  *LimitProblem  `json:"limit,omitempty" doc:"The limit that was reached; only with quota_exceeded."`
}

// FieldProblem is what is wrong with one input.
type FieldProblem struct {
	Location string `json:"location" doc:"The location of the input, such as body.title, body.models[0].context or query.limit."`
	Message  string `json:"message" doc:"A sentence that explains how to correct it."`
}

// LimitProblem is the limit that a request has reached.
type LimitProblem struct {
	Name    string `json:"name"`
	Value   int64  `json:"value"`
	Used    int64  `json:"used" doc:"The amount used, including what is reserved."`
	Held    int64  `json:"reserved" doc:"The part of used that model calls in progress have reserved. They release what they do not use."`
	FreesAt *Time  `json:"frees_at" nullable:"true" doc:"When the limit resets automatically, if known."`
	WhoCan  string `json:"who_can" doc:"The role that can change it."`
}

// Error is the sentence for people.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status, for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is always problem+json, for huma.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// notFound is the only 404. A missing object, an object of another team and an invalid ID get the same bytes.
func notFound() *Problem {
	return newProblem(http.StatusNotFound, string(fault.NotFound), "Nothing at this path is visible to this token.")
}

// maxProblems and maxLocation bound the answer to invalid input, whose locations contain names that the client chose.
const (
	maxProblems = 20
	maxLocation = 200
)

// Invalid is the answer to invalid inputs, of which it lists the first 20. Its sentence is that of the first one.
func Invalid(all ...FieldProblem) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, string(fault.Invalid), "This input does not match the schema. See "+Prefix+"/openapi.json.")
	all = all[:min(len(all), maxProblems)]
	for i := range all {
		all[i].Location = text.Cut(all[i].Location, maxLocation)
	}
	if len(all) > 0 {
		p.Detail, p.Errors = all[0].Location+": "+all[0].Message, all
	}
	return p
}

// problemOf turns an error into a problem. An error that is no fault is logged here, and its text is not sent.
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
		return newProblem(http.StatusInternalServerError, string(kind), "The server failed to do this. The error was logged under the ID in X-Request-Id. Try again.")
	}
	return faultProblem(r, kind, err)
}

// faultProblem is the problem of a fault, with its fields and its limit.
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

// fieldProblems lists the fields of an error with their place: the query of a request that has no body, else the body.
func fieldProblems(r request, err error) (all []FieldProblem) {
	var many fault.Fields
	var one *fault.Error
	if !errors.As(err, &many) && errors.As(err, &one) {
		many = fault.Fields{one}
	}
	place := "body."
	if !hasBody(r.method) {
		place = "query."
	}
	for _, f := range many[:min(len(many), maxProblems)] {
		if f.Field != "" {
			all = append(all, FieldProblem{Location: place + f.Field, Message: f.Message})
		}
	}
	return all
}

// frameworkProblem is the problem of a request that Fiber itself rejects.
func frameworkProblem(fe *fiber.Error) *Problem {
	switch fe.Code {
	case fiber.StatusNotFound:
		return notFound()
	case fiber.StatusMethodNotAllowed:
		return newProblem(fe.Code, "method_not_allowed", "This path does not support this method. The Allow header lists the methods that it supports.")
	case fiber.StatusRequestEntityTooLarge:
		return tooLarge()
	case fiber.StatusUnsupportedMediaType:
		return newProblem(fe.Code, "unsupported_media_type", fe.Message)
	case fiber.StatusMisdirectedRequest:
		return newProblem(fe.Code, "misdirected", fe.Message)
	}
	return newProblem(fe.Code, "malformed", "The server could not read this request.")
}

func tooLarge() *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, "too_large", "The body is too large for this operation. A body with a prompt can be up to 1 MiB.")
}

// Refuse answers an error of any path below Prefix. Fiber's error handler calls it.
func (a *Kit) Refuse(c *fiber.Ctx, err error) error {
	a.recordRefusal(c.UserContext(), VisitOf(c), err)
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

// challenge is the WWW-Authenticate header: how to authenticate, and that a token was invalid if one was sent (RFC 6750).
func challenge(sent string) string {
	if strings.TrimSpace(sent) == "" {
		return `Bearer realm="orchestrator"`
	}
	return `Bearer realm="orchestrator", error="invalid_token"`
}

// Encode writes the body of every answer of this API, so that the same answer always has the same bytes.
func Encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
