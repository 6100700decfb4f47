package kit

import (
	"bytes"
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// NewsPage bounds how many events one read takes.
const NewsPage = 200

// TeamView is what one page of a team shows beyond its frame. It is made for each stream, so that it can remember what it painted.
type TeamView func(ctx context.Context, f *TeamFeed) ([]Region, error)

// ViewOf makes the view of the page that a stream belongs to.
type ViewOf func(c *fiber.Ctx) TeamView

// Same is viewOf a page whose view remembers nothing.
func Same(v TeamView) ViewOf { return func(*fiber.Ctx) TeamView { return v } }

// StreamTeam is the one stream of every page of a team but a session's: "view" names the page, "after" the change it was drawn at.
func (s *Kit) StreamTeam(c *fiber.Ctx) error {
	by := Actor(c)
	bell, leave := s.kernel.Hub.Hang(hub.Team(by.Tenant))
	f := &TeamFeed{s: s, By: by, seq: ResumeAfter(c), Changed: map[session.ID]bool{}, painted: map[string][]byte{}}
	if view := s.Views[c.Query("view")]; view != nil {
		f.view = view(c)
	}
	f.always = s.Restless[c.Query("view")]
	last, err := s.work.LastChange(c.UserContext(), by)
	if err != nil {
		leave()
		return err
	}
	f.seq = min(f.seq, last)
	return s.Stream(c, &s.Streams.Team, bell, leave, f)
}

// TeamFeed shows what changes in a team on the page that is open: the counts of the sidebar, and what its view adds.
type TeamFeed struct {
	s    *Kit
	By   tenant.Actor
	seq  int64
	view TeamView
	// always paints at every turn: what such a page shows is no change of a session.
	always bool
	// changed are the sessions that changed since the last time.
	Changed map[session.ID]bool
	// needs is how many questions wait in the team.
	Needs   int64
	rung    bool
	painted map[string][]byte
}

func (f *TeamFeed) Pace() time.Duration { return listEvery }

// Frame has nothing to take: lists show no growing text.
func (f *TeamFeed) Frame(hub.Frame) {}

// News notes which sessions changed since the last time; painting shows them.
func (f *TeamFeed) News(ctx context.Context, _ *Wire) error {
	f.rung = true
	for {
		changes, err := f.s.work.Changes(ctx, f.By, f.seq, NewsPage)
		if err != nil {
			return err
		}
		for _, ch := range changes {
			f.seq = ch.N
			f.Changed[ch.Session] = true
		}
		if len(changes) < NewsPage {
			return nil
		}
	}
}

func (f *TeamFeed) Paint(ctx context.Context, o *Wire) error {
	if !f.rung && !f.always {
		return nil
	}
	f.rung = false
	regions, err := f.regions(ctx)
	if err != nil {
		return err
	}
	clear(f.Changed)
	for _, r := range regions {
		if err := f.send(ctx, o, r); err != nil {
			return err
		}
	}
	o.Number(f.seq)
	return nil
}

func (f *TeamFeed) send(ctx context.Context, o *Wire, r Region) error {
	markup, err := Render(ctx, r)
	if err == nil && !bytes.Equal(markup, f.painted[r.Target]) {
		f.painted[r.Target] = markup
		o.Data(0, markup)
	}
	return err
}

func (f *TeamFeed) regions(ctx context.Context) ([]Region, error) {
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

// frameRegions are the counts beside every page.
func (f *TeamFeed) frameRegions(ctx context.Context) ([]Region, error) {
	fr, err := f.s.work.Frame(ctx, f.By)
	if err != nil {
		return nil, err
	}
	f.Needs = fr.NeedsYou
	inside := shell.Inside(shell.Team{Slug: f.By.Slug, Role: f.By.Role}, fr.Entrances, f.By.Entered)
	return append(CountRegions(fr), NewRegion("#inside", Whole, inside)), nil
}

// CountRegions are the counts of the sidebar and of the phone's tab bar.
func CountRegions(fr appwork.Frame) []Region {
	return []Region{
		NewRegion("#nav-sessions", Whole, shell.SessionsCount(liveSessions(fr.Counts))),
		NewRegion("#nav-needs", Whole, shell.NeedsCount(fr.NeedsYou)),
		NewRegion("#tab-needs", Whole, shell.NeedsTab(fr.NeedsYou)),
		NewRegion("#month-tokens", Whole, shell.MonthTokens(fr.Budget)),
		NewRegion("#month-meter", Whole, shell.MonthMeter(fr.Budget)),
	}
}
