package kit

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
	maxKey         = 255
	// answerKeyWithin limits how long a response is stored after its request may have run out of time.
	answerKeyWithin = 10 * time.Second
)

// keyParam describes the header of an operation that creates something.
var keyParam = &huma.Param{Name: keyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(maxKey)},
	Description: "Up to 255 visible ASCII characters that identify this request, such as a UUID. For 24 hours, a repetition of the request with the same token and key returns the first response " +
		"with `" + replayedHeader + ": true` and creates nothing. A different request with the key returns 422, and a repetition while the first is in progress 409. A request that was refused frees its key."}

// creates reports whether an operation makes something new, so that a repetition would make a second one.
func creates(op huma.Operation) bool {
	return op.Method == http.MethodPost && (op.DefaultStatus == http.StatusCreated || op.Responses["201"] != nil)
}

// runOnce carries out a request with an idempotency key once, and answers its repetitions with the first response.
func (a *Kit) runOnce(c *fiber.Ctx) error {
	key := c.Get(keyHeader)
	if key == "" {
		return c.Next()
	}
	if !isKey(key) {
		return Invalid(FieldProblem{"header." + keyHeader, "Use 1 to 255 visible ASCII characters, for example a UUID."})
	}
	claim, err := a.kernel.ClaimKey(c.UserContext(), VisitOf(c).Actor, key, contentOf(c))
	if err != nil {
		return keyProblem(c, err)
	}
	if claim.Response != "" {
		c.Set(replayedHeader, "true")
		c.Status(http.StatusCreated).Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.SendString(claim.Response)
	}
	return a.carryOut(c, claim)
}

// isKey reports whether a key has 1 to 255 visible ASCII characters.
func isKey(key string) bool {
	return len(key) <= maxKey && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
}

// contentOf is what two requests with one key must share.
func contentOf(c *fiber.Ctx) []byte {
	return append([]byte(c.Method()+" "+c.OriginalURL()+"\n"), c.Body()...)
}

// keyProblem is the problem of a request whose key was used before.
func keyProblem(c *fiber.Ctx, err error) error {
	switch {
	case errors.Is(err, appkernel.ErrKeyReused):
		return Invalid(FieldProblem{"header." + keyHeader, "Another request was sent with this key in the last 24 hours. Use a new key for a different request."})
	case errors.Is(err, appkernel.ErrKeyInUse):
		c.Set(fiber.HeaderRetryAfter, "1")
		return newProblem(http.StatusConflict, "in_progress", "A request with this key is in progress. Repeat this request in a second to receive its response.")
	case errors.Is(err, appkernel.ErrKeyUnanswered):
		return newProblem(http.StatusConflict, "conflict", "The request with this key was carried out, but the server stopped before it could store the response. List what the team has to find the result.")
	}
	return err
}

// carryOut runs a request and stores its response if it created something; otherwise the key is free again.
func (a *Kit) carryOut(c *fiber.Ctx, claim appkernel.Claim) error {
	v, request := VisitOf(c), c.UserContext()
	response := ""
	defer func() { a.finishKey(request, v, claim, response) }()
	c.SetUserContext(claim.In(request))
	err := c.Next()
	if err == nil && c.Response().StatusCode() == http.StatusCreated {
		response = string(c.Response().Body())
	}
	return err
}

// finishKey also works if the request has run out of time or panicked.
func (a *Kit) finishKey(request context.Context, v Visit, claim appkernel.Claim, response string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(request), answerKeyWithin)
	defer cancel()
	finish := func() error { return a.kernel.ReleaseKey(ctx, v.Actor, claim) }
	if response != "" {
		finish = func() error { return a.kernel.AnswerKey(ctx, v.Actor, claim, response) }
	}
	if err := finish(); err != nil {
		a.Log.Error("finish a request with an idempotency key", "error", err, "request_id", v.Request.ID, "method", v.Request.method, "path", v.Request.path)
	}
}
