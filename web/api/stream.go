package api

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/session"
	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
)

// The stream's clocks: rights are read again often enough that a revoked token's stream ends within two seconds, a vanished
// reader is found by the beats.
const (
	checkEvery  = 1500 * time.Millisecond
	beatEvery   = 15 * time.Second
	readWithin  = 10 * time.Second
	flushWithin = 10 * time.Second
	streamPage  = 200
)

const eventStream = "text/event-stream"

// stream answers who accepts an event stream; everybody else, and HEAD, is passed on to the page of events.
func (a *API) stream(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodGet || !strings.Contains(strings.ToLower(c.Get(fiber.HeaderAccept)), eventStream) {
		return c.Next()
	}
	v, id := visitAt(c), session.ID(strings.Clone(c.Params("id")))
	seen, err := seenBefore(c)
	if err != nil {
		return err
	}
	// The bell hangs before the first read: what happens in between rings it.
	bell, leave := a.app.Hub.Hang(hub.Key{Tenant: v.actor.Tenant, Session: string(id)})
	s, err := a.app.Session(c.UserContext(), v.actor, id)
	if err != nil {
		leave()
		return err
	}
	f := &follower{api: a, visit: v, session: id, seq: min(seen, s.LastSeq), bell: bell, conn: c.Context().Conn()}
	a.begin(c, f, leave)
	return nil
}

// seenBefore is the number of the last event the reader has: its own after a break, else the query's.
func seenBefore(c *fiber.Ctx) (int64, error) {
	location, text := "header.Last-Event-ID", c.Get("Last-Event-ID")
	if text == "" {
		location, text = "query.after", c.Query("after", "0")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, invalid(FieldProblem{location, "This must be the number of an event, such as 17, or left out."})
	}
	return n, nil
}

func (a *API) begin(c *fiber.Ctx, f *follower, leave func()) {
	c.Set(fiber.HeaderContentType, eventStream+"; charset=utf-8")
	c.Set("X-Accel-Buffering", "no")
	c.Context().Response.SetConnectionClose()
	a.streams.Add(1)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer a.streams.Add(-1)
		defer leave()
		defer f.recovered()
		f.w = w
		if err := f.follow(); err != nil {
			f.log("stream", "error", err)
		}
	})
}

// follower is one open stream. Fiber's context is gone while it runs, so it holds what it needs.
type follower struct {
	api     *API
	visit   visit
	session session.ID
	seq     int64
	bell    *hub.Bell
	conn    net.Conn
	w       *bufio.Writer
}

func (f *follower) log(msg string, args ...any) {
	f.api.log.Error(msg, append(args, "request_id", f.visit.request.id, "session", f.session)...)
}

// recovered keeps a panic from ending the process: the recover middleware does not reach into the writer.
func (f *follower) recovered() {
	if p := recover(); p != nil {
		f.log("stream panicked", "panic", p, "stack", string(debug.Stack()))
	}
}

// follow is the loop of one stream; nil means that it ended as streams do.
func (f *follower) follow() error {
	check, beat := time.NewTicker(checkEvery), time.NewTicker(beatEvery)
	defer check.Stop()
	defer beat.Stop()
	if !f.text("retry: 1000\n\n") {
		return nil
	}
	for err := f.news(); ; {
		if err != nil {
			return unlessGone(err)
		}
		select {
		case <-f.bell.Ring:
			err = f.news()
		case <-check.C:
			err = f.stillAllowed()
		case <-beat.C:
			err = f.comment()
		case <-f.api.app.Hub.Done():
			return nil
		}
	}
}

// errReaderGone ends a stream whose reader took nothing any more.
var errReaderGone = fault.New(fault.NotFound, "the reader is gone")

// unlessGone is nil for the ends that streams come to: no reader, no right, no session.
func unlessGone(err error) error {
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Forbidden, fault.NotFound:
		return nil
	}
	return err
}

// news sends every event after the last one sent.
func (f *follower) news() error {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), readWithin)
		es, err := f.api.app.Events(ctx, f.visit.actor, f.session, f.seq, streamPage)
		cancel()
		if err != nil {
			return err
		}
		for _, e := range es {
			if err := f.event(eventBody(e)); err != nil {
				return err
			}
		}
		if !f.flush() {
			return errReaderGone
		}
		if len(es) < streamPage {
			return nil
		}
	}
}

// event writes one message: its data is one line, because encoded JSON holds no line ends.
func (f *follower) event(e Event) error {
	var data bytes.Buffer
	if err := encode(&data, e); err != nil {
		return err
	}
	f.seq = e.Seq
	if _, err := fmt.Fprintf(f.w, "id: %d\nevent: %s\ndata: %s\n", e.Seq, e.Type, &data); err != nil {
		return errReaderGone
	}
	return nil
}

func (f *follower) comment() error {
	if !f.text(": beat\n\n") {
		return errReaderGone
	}
	return nil
}

func (f *follower) text(s string) bool {
	_, _ = f.w.WriteString(s) // the writer keeps its error for the flush
	return f.flush()
}

// flush sends what was written and says whether the reader is still there.
func (f *follower) flush() bool {
	if f.conn != nil {
		_ = f.conn.SetWriteDeadline(time.Now().Add(flushWithin))
	}
	return f.w.Flush() == nil
}

// stillAllowed reads token and membership again.
func (f *follower) stillAllowed() error {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	by, err := f.api.app.ActorForToken(ctx, f.visit.token)
	if err != nil {
		return err
	}
	f.visit.actor = by
	return by.May(tenant.ReadSessions)
}

// What the document says of the stream.
var (
	lastEventID  = &huma.Param{Name: "Last-Event-ID", In: "header", Description: "Of a stream: the number of the last event the reader has; it goes before after.", Schema: &huma.Schema{Type: huma.TypeString}}
	idParam      = &huma.Param{Name: "id", In: "path", Required: true, Description: "Its id.", Schema: &huma.Schema{Type: huma.TypeString}}
	streamSchema = &huma.Schema{Type: huma.TypeString, Description: "Server-sent events.", Examples: []any{"id: 7\nevent: session.state\ndata: {\"seq\":7,\"type\":\"session.state\",…}\n\n"}}
)
