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

// Intervals of a stream. A list is painted at most once a second. The stream of a removed person ends within two seconds. A page
// counts the seconds since the last beat (static/js/live.js), and a beat fails when its reader is gone. Every newsBeats beats the
// feed reads even if no bell rang.
const (
	listEvery  = time.Second
	checkEvery = 1500 * time.Millisecond
	beatEvery  = 3 * time.Second
	newsBeats  = 5
	readWithin = 10 * time.Second
)

// feed is the content of one kind of stream.
type feed interface {
	// News sends what has a number and is new since the last call. It is called whenever the bell rings.
	News(ctx context.Context, o *StreamWriter) error
	// Frame stores a growing text; the next Paint shows it.
	Frame(f hub.Frame)
	// Paint sends the parts of the page that changed.
	Paint(ctx context.Context, o *StreamWriter) error
	// Pace is the shortest time between two paints.
	Pace() time.Duration
}

// reader is the person that a stream belongs to, copied from the request because Fiber's context is gone inside the writer.
type reader struct {
	login string
	by    tenant.Actor
	// person rings when the reader may have lost rights.
	person *hub.Bell
	// viewContext makes the context that views draw in.
	viewContext func(context.Context) context.Context
}

// Stream answers with an event stream. It ends when the reader leaves, loses rights, or the server stops. The caller has hung the
// bell already, so that a change between the first read and the first wait rings it.
func (s *Kit) Stream(c *fiber.Ctx, open *atomic.Int64, bell *hub.Bell, leave func(), f feed) error {
	v := *VisitOf(c)
	person, leavePerson := s.kernel.Hub.Hang(apppeople.PersonBell(v.User.ID))
	r := reader{login: v.Login.ID, by: v.actor, person: person, viewContext: func(ctx context.Context) context.Context { return s.viewContext(ctx, &v) }}
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
			// The recover middleware does not cover the writer, and a panic here would end the process.
			if p := recover(); p != nil {
				log.Error("stream panicked", "panic", p, "stack", string(debug.Stack()))
			}
		}()
		o := &StreamWriter{writer: w, conn: conn}
		if err := s.follow(o, r, bell, f); err != nil && !fault.Is(err, fault.NotFound) {
			log.Error("stream", "error", err)
		}
		o.Flush()
	})
	return nil
}

// follow runs one stream to its end. It returns nil for the usual ends.
func (s *Kit) follow(o *StreamWriter, r reader, bell *hub.Bell, f feed) error {
	check, beat := time.NewTicker(checkEvery), time.NewTicker(beatEvery)
	defer check.Stop()
	defer beat.Stop()
	if err := errors.Join(r.runTurn(f.News, o), r.runTurn(f.Paint, o)); err != nil {
		return s.endStream(o, err)
	}
	o.sendBeat()
	p, beats := pacer{every: f.Pace(), painted: time.Now()}, 0
	for o.Flush() {
		var err error
		select {
		case <-bell.Ring:
			p.schedule()
			err = r.runTurn(f.News, o)
		case fr := <-bell.Frames:
			p.schedule()
			f.Frame(fr)
		case <-p.due:
			p.reset()
			err = r.runTurn(f.Paint, o)
		case <-check.C:
			p.schedule()
			err = s.checkRights(r)
		case <-r.person.Ring:
			err = s.checkRights(r)
		case <-beat.C:
			if beats++; beats%newsBeats == 0 {
				p.schedule()
				err = r.runTurn(f.News, o)
			}
			o.sendBeat()
		case <-s.kernel.Hub.Done():
			return nil
		}
		if err != nil {
			return s.endStream(o, err)
		}
	}
	return nil
}

// pacer decides when to paint: immediately after a pause, else when the interval since the last paint is over.
type pacer struct {
	every   time.Duration
	painted time.Time
	due     <-chan time.Time
}

// schedule plans the next paint unless one is planned.
func (p *pacer) schedule() {
	if p.due == nil {
		p.due = time.After(max(0, p.every-time.Since(p.painted)))
	}
}

// reset starts the interval again after a paint.
func (p *pacer) reset() { p.painted, p.due = time.Now(), nil }

// runTurn runs one turn of a feed in its own context, because the context of the request ended when the stream began.
func (r reader) runTurn(fn func(context.Context, *StreamWriter) error, o *StreamWriter) error {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	return fn(r.viewContext(ctx), o)
}

// checkRights reads login and membership again. A revoked login, a removal or another role ends the stream.
func (s *Kit) checkRights(r reader) error {
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
		return fault.New(fault.Forbidden, "The role has changed.")
	}
	return nil
}

// endStream makes the page reload if the reader has lost rights, and returns other errors.
func (s *Kit) endStream(o *StreamWriter, err error) error {
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Forbidden, fault.NotFound:
		o.sendEvent("gone")
		return nil
	}
	return err
}

// StreamCount counts the open streams of each kind.
type StreamCount struct{ Session, Team atomic.Int64 }
