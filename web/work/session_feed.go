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

// StreamSession is the one stream of a session's page.
func (s *Pages) StreamSession(c *fiber.Ctx) error {
	by, id := webkit.Actor(c), sessionID(c)
	bell, leaveSession := s.kernel.Hub.Hang(hub.Session(by.Tenant, id))
	team, leaveTeam := s.kernel.Hub.Hang(hub.Team(by.Tenant))
	leave := func() { leaveSession(); leaveTeam() }
	f := &sessionFeed{s: s, by: by, team: team, ended: map[string]bool{}, fresh: map[string]bool{}, painted: map[string][]byte{}}
	if err := f.begin(c.UserContext(), id, webkit.ResumeAfter(c)); err != nil {
		leave()
		return err
	}
	return s.kit.Stream(c, &s.kit.Streams.Session, bell, leave, f)
}

// sessionFeed sends one session's events in order, and its head, dock, aside and growing texts as they change.
type sessionFeed struct {
	s     *Pages
	by    tenant.Actor
	base  string
	glass appwork.Glass
	seq   int64
	// team rings when the counts beside the page may have changed.
	team   *hub.Bell
	counts appwork.Frame
	// thread knows what is on the reader's page already: its next event replaces it. partly says that the page may reach further back.
	thread sessions.Thread
	partly bool
	// ended are the parts whose last event has come: a frame that arrives late must not bring them back.
	ended map[string]bool
	// fresh are the parts that frames named since the last read.
	fresh   map[string]bool
	rung    bool
	painted map[string][]byte
}

func (f *sessionFeed) Pace() time.Duration { return webkit.PaintEvery }

// begin reads what the stream starts from: the session, the counts beside it, and what the reader's page shows already.
func (f *sessionFeed) begin(ctx context.Context, id session.ID, after int64) error {
	g, err := f.s.glass(ctx, f.by, id)
	if err != nil {
		return err
	}
	f.base = "/t/" + f.by.Slug + "/sessions/" + string(id)
	f.glass, f.seq = lean(g), min(after, g.LastSeq)
	if f.counts, err = f.s.work.Frame(ctx, f.by); err != nil {
		return err
	}
	shown, err := f.s.work.EventsBefore(ctx, f.by, id, f.seq+1, pageEvents)
	if err != nil {
		return err
	}
	f.partly = len(shown) == pageEvents && shown[0].Seq > 1
	for _, e := range shown {
		f.note(e)
	}
	return nil
}

// note folds an event into what the reader's page shows.
func (f *sessionFeed) note(e event.Event) (it sessions.Item, again bool) {
	if part := e.EndsPart(); part != "" {
		f.ended[part] = true
	}
	return f.thread.Add(e)
}

func (f *sessionFeed) News(ctx context.Context, o *webkit.Wire) error {
	f.rung = true
	for {
		events, err := f.s.work.Events(ctx, f.by, f.glass.Session.ID, f.seq, webkit.NewsPage)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := f.event(ctx, o, e); err != nil {
				return err
			}
		}
		if len(events) < webkit.NewsPage || !o.Flush() {
			return nil
		}
	}
}

func (f *sessionFeed) event(ctx context.Context, o *webkit.Wire, e event.Event) error {
	f.seq = e.Seq
	f.tell(e)
	it, again := f.note(e)
	regions := f.eventRegions(it, again)
	if e.EndsPart() != "" {
		regions = append(regions, f.growing())
	}
	if len(regions) == 0 {
		o.Number(e.Seq)
		return nil
	}
	markup, err := webkit.Render(ctx, regions...)
	if err == nil {
		o.Data(e.Seq, markup)
	}
	return err
}

// tell keeps what stands beside the conversation. What was read at the beginning may hold the event already.
func (f *sessionFeed) tell(e event.Event) {
	states := f.glass.States
	switch {
	case e.Type == event.AgentTodo:
		f.glass.Todo = event.Decode[event.Todo](e).Items
	case e.Type == event.SessionState && (len(states) == 0 || states[len(states)-1].Seq < e.Seq):
		f.glass.States = append(states, e)
	}
}

// Frame takes a text that grows; a part that is new goes to the end.
func (f *sessionFeed) Frame(fr hub.Frame) {
	f.fresh[fr.PartID] = true
	for i, p := range f.glass.Parts {
		if p.ID == fr.PartID {
			f.glass.Parts[i].Text = fr.Text
			return
		}
	}
	f.glass.Parts = append(f.glass.Parts, session.Part{ID: fr.PartID, Kind: fr.Kind, Text: fr.Text})
}

// alive are the texts that still grow.
func (f *sessionFeed) alive() []session.Part {
	return slices.DeleteFunc(slices.Clone(f.glass.Parts), func(p session.Part) bool { return f.ended[p.ID] })
}

// merge takes over the stored texts. Frames run ahead of what is stored; a text that is neither stored nor named by a frame
// since the last read was given up by its agent.
func (f *sessionFeed) merge(stored []session.Part) {
	for _, known := range f.glass.Parts {
		i := slices.IndexFunc(stored, func(p session.Part) bool { return p.ID == known.ID })
		switch {
		case i >= 0 && f.fresh[known.ID]:
			stored[i].Text = known.Text
		case i < 0 && f.fresh[known.ID]:
			stored = append(stored, known)
		}
	}
	f.glass.Parts = stored
	clear(f.fresh)
}

// still says that nothing can have changed since the last paint. A place in the queue changes without a ring.
func (f *sessionFeed) still() bool {
	return len(f.painted) > 0 && !f.rung && len(f.fresh) == 0 && len(f.team.Ring) == 0 && f.glass.Session.Status != session.Queued
}

// Paint reads the session again and sends each region that differs from what was sent last.
func (f *sessionFeed) Paint(ctx context.Context, o *webkit.Wire) error {
	if f.still() {
		return nil
	}
	if err := errors.Join(f.refresh(ctx), f.recount(ctx)); err != nil {
		return err
	}
	for _, r := range f.regions() {
		markup, err := webkit.Render(ctx, r)
		if err != nil {
			return err
		}
		if !bytes.Equal(markup, f.painted[r.Target]) {
			f.painted[r.Target] = markup
			o.Data(0, markup)
		}
	}
	return nil
}

// refresh reads the session as it stands now, if anything rang since; a place in the queue changes without a ring.
func (f *sessionFeed) refresh(ctx context.Context) error {
	if !f.rung && f.glass.Session.Status != session.Queued {
		return nil
	}
	g, err := f.s.work.Glass(ctx, f.by, f.glass.Session.ID, 1)
	if err != nil {
		return err
	}
	f.rung = false
	f.glass.Session, f.glass.Asks, f.glass.Messages, f.glass.Queue = g.Session, g.Asks, g.Messages, g.Queue
	f.merge(g.Parts)
	return nil
}
