package work

import (
	"bufio"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

const eventStream = "text/event-stream"

// followEvents answers requests that accept an event stream. Other requests, and HEAD, are passed on to the page of events.
func (a *Operations) followEvents(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodGet || !strings.Contains(strings.ToLower(c.Get(fiber.HeaderAccept)), eventStream) {
		return c.Next()
	}
	seen, err := lastEventOf(c)
	if err != nil {
		return err
	}
	f := &follower{api: a, visit: apikit.VisitOf(c), session: session.ID(strings.Clone(c.Params("id"))), conn: c.Context().Conn()}
	leave, err := f.start(c.UserContext(), seen)
	if err != nil {
		return err
	}
	a.startStream(c, f, leave)
	return nil
}

// lastEventOf is the number of the last event that the reader has: Last-Event-ID after a break, else "after" of the query.
func lastEventOf(c *fiber.Ctx) (int64, error) {
	location, text := "header.Last-Event-ID", c.Get("Last-Event-ID")
	if text == "" {
		location, text = "query.after", c.Query("after", "0")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, apikit.Invalid(apikit.FieldProblem{Location: location, Message: "Send an event number such as 17, or omit it."})
	}
	return n, nil
}

func (a *Operations) startStream(c *fiber.Ctx, f *follower, leave func()) {
	c.Set(fiber.HeaderContentType, eventStream+"; charset=utf-8")
	c.Set("X-Accel-Buffering", "no")
	c.Context().Response.SetConnectionClose()
	a.kit.Streams.Add(1)
	leavePlace := apikit.KeepPlace(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer a.kit.Streams.Add(-1)
		defer leave()
		defer leavePlace()
		defer f.logPanic()
		f.w = w
		if err := f.follow(); err != nil {
			f.logError("stream", "error", err)
		}
	})
}

// The parts of the document about the stream.
var (
	lastEventID  = &huma.Param{Name: "Last-Event-ID", In: "header", Description: "For a stream: the number of the last event that the reader has received. It takes precedence over the `after` parameter.", Schema: &huma.Schema{Type: huma.TypeString}}
	attemptParam = &huma.Param{Name: "attempt", In: "query", Description: "The number of an attempt; by default the last one.", Schema: &huma.Schema{Type: huma.TypeInteger}}
	idParam      = &huma.Param{Name: "id", In: "path", Required: true, Description: "The ID.", Schema: &huma.Schema{Type: huma.TypeString}}
	streamSchema = &huma.Schema{Type: huma.TypeString, Description: "Server-sent events.", Examples: []any{"id: 7\nevent: session.state\ndata: {\"seq\":7,\"type\":\"session.state\",…}\n\n"}}
)
