package web

import (
	"bytes"
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// teamView is what one page of a team shows beyond its frame. It is made for each stream, so that it can remember what it painted.
type teamView func(ctx context.Context, f *teamFeed) ([]region, error)

// viewOf makes the view of the page that a stream belongs to.
type viewOf func(c *fiber.Ctx) teamView

// same is viewOf a page whose view remembers nothing.
func same(v teamView) viewOf { return func(*fiber.Ctx) teamView { return v } }

// streamTeam is the one stream of every page of a team but a session's: "view" names the page, "after" the change it was drawn at.
func (s *Server) streamTeam(c *fiber.Ctx) error {
	by := actor(c)
	bell, leave := s.app.Kernel.Hub.Hang(hub.Team(by.Tenant))
	f := &teamFeed{s: s, by: by, seq: resumeAfter(c), changed: map[session.ID]bool{}, painted: map[string][]byte{}}
	if view := s.views[c.Query("view")]; view != nil {
		f.view = view(c)
	}
	f.always = s.restless[c.Query("view")]
	last, err := s.app.Work.LastChange(c.UserContext(), by)
	if err != nil {
		leave()
		return err
	}
	f.seq = min(f.seq, last)
	return s.stream(c, &s.streams.team, bell, leave, f)
}

// teamFeed shows what changes in a team on the page that is open: the counts of the sidebar, and what its view adds.
type teamFeed struct {
	s    *Server
	by   tenant.Actor
	seq  int64
	view teamView
	// always paints at every turn: what such a page shows is no change of a session.
	always bool
	// changed are the sessions that changed since the last time.
	changed map[session.ID]bool
	// needs is how many questions wait in the team.
	needs   int64
	rung    bool
	painted map[string][]byte
}

func (f *teamFeed) pace() time.Duration { return listEvery }

// frame has nothing to take: lists show no growing text.
func (f *teamFeed) frame(hub.Frame) {}

// news notes which sessions changed since the last time; painting shows them.
func (f *teamFeed) news(ctx context.Context, _ *wire) error {
	f.rung = true
	for {
		changes, err := f.s.app.Work.Changes(ctx, f.by, f.seq, newsPage)
		if err != nil {
			return err
		}
		for _, ch := range changes {
			f.seq = ch.N
			f.changed[ch.Session] = true
		}
		if len(changes) < newsPage {
			return nil
		}
	}
}

func (f *teamFeed) paint(ctx context.Context, o *wire) error {
	if !f.rung && !f.always {
		return nil
	}
	f.rung = false
	regions, err := f.regions(ctx)
	if err != nil {
		return err
	}
	clear(f.changed)
	for _, r := range regions {
		if err := f.send(ctx, o, r); err != nil {
			return err
		}
	}
	o.number(f.seq)
	return nil
}

func (f *teamFeed) send(ctx context.Context, o *wire, r region) error {
	markup, err := render(ctx, r)
	if err == nil && !bytes.Equal(markup, f.painted[r.target]) {
		f.painted[r.target] = markup
		o.data(0, markup)
	}
	return err
}

func (f *teamFeed) regions(ctx context.Context) ([]region, error) {
	rs, err := f.frameRegions(ctx)
	if err != nil {
		return nil, err
	}
	if f.view == nil {
		return rs, nil
	}
	more, err := f.view(ctx, f)
	return append(rs, more...), err
}
