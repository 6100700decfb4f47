package work

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// StreamSession streams the page of a session.
func (s *Pages) StreamSession(c *fiber.Ctx) error {
	by, id := webkit.Actor(c), sessionID(c)
	bell, leaveSession := s.kernel.Hub.Hang(hub.Session(by.Tenant, id))
	team, leaveTeam := s.kernel.Hub.Hang(hub.Team(by.Tenant))
	leave := func() { leaveSession(); leaveTeam() }
	f := &sessionFeed{s: s, by: by, origin: s.origin(c), team: team, drawn: numberIn(c, "after"), ended: map[string]bool{}, fresh: map[string]bool{}, painted: map[string][]byte{}}
	if err := f.load(c.UserContext(), id, webkit.ResumeAfter(c)); err != nil {
		leave()
		return err
	}
	return s.kit.Stream(c, &s.kit.Streams.Session, bell, leave, f)
}

// sessionFeed sends one session's events in order, and its head, dock, aside and growing texts as they change.
type sessionFeed struct {
	s      *Pages
	by     tenant.Actor
	base   string
	origin string
	detail appwork.SessionDetail
	seq    int64
	// drawn is the number of the last event when the page was drawn.
	drawn int64
	// team rings when the counts of the frame may have changed.
	team   *hub.Bell
	counts appwork.Frame
	// thread is the conversation on the reader's page, where a later event replaces an earlier one. isPartial is set if the page may
	// show older events than thread has.
	thread    sessions.Thread
	isPartial bool
	// ended are the parts whose last event has arrived. A late frame must not show them again.
	ended map[string]bool
	// fresh are the parts that had a frame since the last read.
	fresh   map[string]bool
	isStale bool
	painted map[string][]byte
}

// paintEvery is short because texts grow on the page of a session.
const paintEvery = 250 * time.Millisecond

// Pace is paintEvery.
func (f *sessionFeed) Pace() time.Duration { return paintEvery }

// load reads what the stream starts from: the session, the counts of the frame, and the events that the page shows already.
func (f *sessionFeed) load(ctx context.Context, id session.ID, after int64) error {
	g, err := f.s.readSession(ctx, f.by, id)
	if err != nil {
		return err
	}
	f.base = "/t/" + f.by.Slug + "/sessions/" + string(id)
	f.detail, f.seq = withoutEvents(g), min(after, g.LastSeq)
	if f.counts, err = f.s.work.Frame(ctx, f.by); err != nil {
		return err
	}
	shown, err := f.s.work.EventsBefore(ctx, f.by, id, f.seq+1, pageEvents)
	if err != nil {
		return err
	}
	f.isPartial = len(shown) == pageEvents && shown[0].Seq > 1
	for _, e := range shown {
		f.addEvent(e)
	}
	return nil
}

// addEvent adds an event to what the reader's page shows.
func (f *sessionFeed) addEvent(e event.Event) (it sessions.Item, again bool) {
	if part := e.EndsPart(); part != "" {
		f.ended[part] = true
	}
	return f.thread.Add(e)
}

// News sends the events that are newer than the last one sent.
func (f *sessionFeed) News(ctx context.Context, o *webkit.StreamWriter) error {
	f.isStale = true
	for {
		events, err := f.s.work.Events(ctx, f.by, f.detail.Session.ID, f.seq, webkit.EventsPerRead)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := f.sendEvent(ctx, o, e); err != nil {
				return err
			}
		}
		if len(events) < webkit.EventsPerRead || !o.Flush() {
			return nil
		}
	}
}

// sendEvent sends the regions that an event changes, or only its number.
func (f *sessionFeed) sendEvent(ctx context.Context, o *webkit.StreamWriter, e event.Event) error {
	f.seq = e.Seq
	f.updateAside(e)
	it, again := f.addEvent(e)
	regions := f.eventRegions(it, again)
	if e.EndsPart() != "" {
		regions = append(regions, f.growingRegion())
	}
	if len(regions) == 0 {
		o.SendNumber(e.Seq)
		return nil
	}
	markup, err := webkit.RenderRegions(ctx, regions...)
	if err == nil {
		o.SendMarkup(e.Seq, markup)
	}
	return err
}

// updateAside updates plan and states next to the conversation. The first read may have contained the event already.
func (f *sessionFeed) updateAside(e event.Event) {
	states := f.detail.States
	switch {
	case e.Type == event.AgentTodo:
		f.detail.Todo = event.Decode[event.Todo](e).Items
	case e.Type == event.SessionState && (len(states) == 0 || states[len(states)-1].Seq < e.Seq):
		f.detail.States = append(states, e)
	}
}

// Frame stores a growing text. A new part is added at the end.
func (f *sessionFeed) Frame(fr hub.Frame) {
	f.fresh[fr.PartID] = true
	for i, p := range f.detail.Parts {
		if p.ID == fr.PartID {
			f.detail.Parts[i].Text = fr.Text
			return
		}
	}
	f.detail.Parts = append(f.detail.Parts, session.Part{ID: fr.PartID, Kind: fr.Kind, Text: fr.Text})
}

// growingParts are the texts that are still growing.
func (f *sessionFeed) growingParts() []session.Part {
	return slices.DeleteFunc(slices.Clone(f.detail.Parts), func(p session.Part) bool { return f.ended[p.ID] })
}

// mergeParts replaces the texts by the stored ones. Frames are ahead of what is stored. A text that is neither stored nor in a
// frame since the last read was abandoned by its agent.
func (f *sessionFeed) mergeParts(stored []session.Part) {
	for _, shown := range f.detail.Parts {
		i := slices.IndexFunc(stored, func(p session.Part) bool { return p.ID == shown.ID })
		switch {
		case i >= 0 && f.fresh[shown.ID]:
			stored[i].Text = shown.Text
		case i < 0 && f.fresh[shown.ID]:
			stored = append(stored, shown)
		}
	}
	f.detail.Parts = stored
	clear(f.fresh)
}

// isUnchanged reports whether nothing can have changed since the last paint. A place in the queue changes without a ring.
func (f *sessionFeed) isUnchanged() bool {
	return len(f.painted) > 0 && !f.isStale && len(f.fresh) == 0 && len(f.team.Ring) == 0 && f.detail.Session.Status != session.Queued
}

// Paint reads the session again and sends each region that differs from the last one sent.
func (f *sessionFeed) Paint(ctx context.Context, o *webkit.StreamWriter) error {
	if f.isUnchanged() {
		return nil
	}
	if err := errors.Join(f.reloadSession(ctx), f.reloadCounts(ctx)); err != nil {
		return err
	}
	for _, r := range f.regions() {
		markup, err := webkit.RenderRegions(ctx, r)
		if err != nil {
			return err
		}
		if !bytes.Equal(markup, f.painted[r.Target]) {
			f.painted[r.Target] = markup
			o.SendMarkup(0, markup)
		}
	}
	return nil
}

// reloadSession reads the session again if its bell rang. A queued session is always read, because its place changes without a ring.
func (f *sessionFeed) reloadSession(ctx context.Context) error {
	if !f.isStale && f.detail.Session.Status != session.Queued {
		return nil
	}
	g, err := f.s.work.SessionDetail(ctx, f.by, f.detail.Session.ID, 1)
	if err != nil {
		return err
	}
	f.isStale = false
	stored := g.Parts
	g.Todo, g.States, g.Parts = f.detail.Todo, f.detail.States, f.detail.Parts // the stream is ahead with these
	f.detail = withoutEvents(g)
	f.mergeParts(stored)
	return nil
}
