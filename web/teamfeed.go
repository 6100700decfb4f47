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

// streamTeam is the one stream of every page of a team but a session's: "view" names the page, "after" the change it was drawn at.
func (s *Server) streamTeam(c *fiber.Ctx) error {
	by := actor(c)
	bell, leave := s.app.Hub.Hang(hub.Team(by.Tenant))
	f := &teamFeed{s: s, by: by, seq: resumeAfter(c), view: c.Query("view"), filter: filterFrom(c), top: session.ID(c.Query("top")), end: session.ID(c.Query("end")),
		changed: map[session.ID]bool{}, queue: map[session.ID]session.Queue{}, painted: map[string][]byte{}}
	last, err := s.app.LastChange(c.UserContext(), by)
	if err != nil {
		leave()
		return err
	}
	f.seq = min(f.seq, last)
	return s.stream(c, &s.streams.team, bell, leave, f)
}

// teamFeed shows what changes in a team on the page that is open: its list's rows, its figures, the counts of the sidebar.
type teamFeed struct {
	s      *Server
	by     tenant.Actor
	seq    int64
	view   string
	filter session.Filter
	// top and end are the newest and the oldest session on the reader's page: newer ones are announced, never slid in.
	top, end session.ID
	changed  map[session.ID]bool
	// queue is what each queued row said last of its place.
	queue map[session.ID]session.Queue
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
		changes, err := f.s.app.Changes(ctx, f.by, f.seq, newsPage)
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
	// A clone's progress is no change of a session; its page is looked after at every turn.
	if !f.rung && f.view != "repositories" {
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
	var more []region
	switch f.view {
	case "sessions":
		more, err = f.listRegions(ctx)
	case "overview":
		more, err = f.overviewRegions(ctx)
	case "needs-you":
		more, err = f.needsRegions(ctx)
	case "repositories":
		more, err = f.repositoryRegions(ctx)
	case "budget":
		more, err = f.budgetRegions(ctx)
	}
	return append(rs, more...), err
}
