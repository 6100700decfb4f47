package kit

import (
	"bufio"
	"context"
	"errors"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// The stream's clocks: a session's part is painted at most four times a second and a list's once, a removed person's stream ends
// within two seconds, a vanished reader is found by the beats.
const (
	PaintEvery = 250 * time.Millisecond
	listEvery  = time.Second
	checkEvery = 1500 * time.Millisecond
	beatEvery  = 15 * time.Second
	readWithin = 10 * time.Second
)

// feed is what one kind of stream shows.
type feed interface {
	// news sends what is numbered and new since the last call; it is asked at each ring.
	News(ctx context.Context, o *Wire) error
	// frame takes a live frame; it is shown with the next paint.
	Frame(f hub.Frame)
	// paint sends the parts that are replaced, if they changed.
	Paint(ctx context.Context, o *Wire) error
	// pace is the least time between two paints.
	Pace() time.Duration
}

// reader is who a stream belongs to, copied out of the request: Fiber's context is gone inside the writer.
type reader struct {
	login string
	by    tenant.Actor
	// person rings when the reader's rights may have become fewer.
	person *hub.Bell
	// drawing makes the context that views draw in.
	drawing func(context.Context) context.Context
}

// Stream answers with an event stream that lasts until the reader, the reader's rights or the server end.
// The bell hangs already: what happens between the first read and the first wait rings it.
func (s *Kit) Stream(c *fiber.Ctx, open *atomic.Int64, bell *hub.Bell, leave func(), f feed) error {
	v := *VisitOf(c)
	person, leavePerson := s.kernel.Hub.Hang(apppeople.PersonBell(v.User.ID))
	r := reader{login: v.Login.ID, by: v.actor, person: person, drawing: func(ctx context.Context) context.Context { return s.drawing(ctx, &v) }}
	conn, log := c.Context().Conn(), s.Log.With("request_id", RequestID(c))
	c.Set(fiber.HeaderContentType, "text/event-stream; charset=utf-8")
	c.Set("X-Accel-Buffering", "no")
	c.Context().Response.SetConnectionClose()
	open.Add(1)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer open.Add(-1)
		defer leave()
		defer leavePerson()
		defer func() {
			// The recover middleware does not reach into the writer, and a panic here would end the process.
			if p := recover(); p != nil {
				log.Error("stream panicked", "panic", p, "stack", string(debug.Stack()))
			}
		}()
		o := &Wire{W: w, conn: conn}
		if err := s.follow(o, r, bell, f); err != nil && !fault.Is(err, fault.NotFound) {
			log.Error("stream", "error", err)
		}
		o.Flush()
	})
	return nil
}

// follow is the loop of one stream; nil means that it ended as streams do.
func (s *Kit) follow(o *Wire, r reader, bell *hub.Bell, f feed) error {
	check, beat := time.NewTicker(checkEvery), time.NewTicker(beatEvery)
	defer check.Stop()
	defer beat.Stop()
	if err := errors.Join(r.timed(f.News, o), r.timed(f.Paint, o)); err != nil {
		return s.gone(o, err)
	}
	o.beat()
	p := pacer{every: f.Pace(), painted: time.Now()}
	for o.Flush() {
		var err error
		select {
		case <-bell.Ring:
			p.stale()
			err = r.timed(f.News, o)
		case fr := <-bell.Frames:
			p.stale()
			f.Frame(fr)
		case <-p.due:
			p.fresh()
			err = r.timed(f.Paint, o)
		case <-check.C:
			p.stale()
			err = s.stillAllowed(r)
		case <-r.person.Ring:
			err = s.stillAllowed(r)
		case <-beat.C:
			o.beat()
		case <-s.kernel.Hub.Done():
			return nil
		}
		if err != nil {
			return s.gone(o, err)
		}
	}
	return nil
}

// pacer says when to paint: at once after a pause, else when the time since the last paint is over.
type pacer struct {
	every   time.Duration
	painted time.Time
	due     <-chan time.Time
}

func (p *pacer) stale() {
	if p.due == nil {
		p.due = time.After(max(0, p.every-time.Since(p.painted)))
	}
}

func (p *pacer) fresh() { p.painted, p.due = time.Now(), nil }

// timed runs one turn of a feed in a context of its own: the request's ended when the stream began.
func (r reader) timed(fn func(context.Context, *Wire) error, o *Wire) error {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	return fn(r.drawing(ctx), o)
}

// stillAllowed reads login and membership again: a revoked login, a removal or another role ends the stream.
func (s *Kit) stillAllowed(r reader) error {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	_, u, err := s.people.Login(ctx, r.login)
	if err != nil {
		return err
	}
	by, err := s.people.ActorFor(ctx, u, r.by.Slug)
	if err != nil {
		return err
	}
	if by.Role != r.by.Role || by.Tenant != r.by.Tenant || by.TenantActive != r.by.TenantActive || by.Entered != r.by.Entered {
		return fault.New(fault.Forbidden, "The role changed.")
	}
	return nil
}

// gone tells the page to ask for itself again where the reader's rights ended; other errors are handed up.
func (s *Kit) gone(o *Wire, err error) error {
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Forbidden, fault.NotFound:
		o.named("gone")
		return nil
	}
	return err
}

// StreamCount is how many streams of each sort are open.
type StreamCount struct{ Session, Team atomic.Int64 }
