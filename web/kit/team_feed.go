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

// EventsPerRead is how many events a feed reads at a time.
const EventsPerRead = 200

// TeamView returns what one page of a team shows besides its frame. Each stream has its own, so a view may keep state.
type TeamView func(ctx context.Context, f *TeamFeed) ([]Region, error)

// ViewOf creates the view of the page that a stream belongs to.
type ViewOf func(c *fiber.Ctx) TeamView

// StatelessView is the ViewOf of a view that keeps no state.
func StatelessView(v TeamView) ViewOf { return func(*fiber.Ctx) TeamView { return v } }

// StreamTeam streams every page of a team except that of a session. "view" names the page, "after" the last change it shows.
func (s *Kit) StreamTeam(c *fiber.Ctx) error {
	by := Actor(c)
	bell, leave := s.kernel.Hub.Hang(hub.Team(by.Tenant))
	f := &TeamFeed{s: s, By: by, seq: ResumeAfter(c), Changed: map[session.ID]bool{}, painted: map[string][]byte{}}
	if view := s.Views[c.Query("view")]; view != nil {
		f.view = view(c)
	}
	f.alwaysPaint = s.AlwaysPaint[c.Query("view")]
	last, err := s.work.LastChange(c.UserContext(), by)
	if err != nil {
		leave()
		return err
	}
	f.seq = min(f.seq, last)
	return s.Stream(c, &s.Streams.Team, bell, leave, f)
}

// TeamFeed sends the changes of a team to the open page: the counts of the sidebar, and the regions of its view.
type TeamFeed struct {
	s    *Kit
	By   tenant.Actor
	seq  int64
	view TeamView
	// alwaysPaint paints at every interval, for pages that show more than changes of sessions.
	alwaysPaint bool
	// Changed are the sessions that changed since the last paint.
	Changed map[session.ID]bool
	// Asks is how many approvals and questions wait in the team, NeedsYou how many of them the reader can answer.
	Asks, NeedsYou int64
	isStale        bool
	painted        map[string][]byte
}

// Pace is one second: lists need not be faster.
func (f *TeamFeed) Pace() time.Duration { return listEvery }

// Frame does nothing, because lists show no growing text.
func (f *TeamFeed) Frame(hub.Frame) {}

// News reads which sessions have changed; Paint shows them.
func (f *TeamFeed) News(ctx context.Context, _ *StreamWriter) error {
	f.isStale = true
	for {
		changes, err := f.s.work.Changes(ctx, f.By, f.seq, EventsPerRead)
		if err != nil {
			return err
		}
		for _, ch := range changes {
			f.seq = ch.N
			f.Changed[ch.Session] = true
		}
		if len(changes) < EventsPerRead {
			return nil
		}
	}
}

// Paint sends the regions that changed since the last paint.
func (f *TeamFeed) Paint(ctx context.Context, o *StreamWriter) error {
	if !f.isStale && !f.alwaysPaint {
		return nil
	}
	f.isStale = false
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
	o.SendNumber(f.seq)
	return nil
}

func (f *TeamFeed) send(ctx context.Context, o *StreamWriter, r Region) error {
	markup, err := RenderRegions(ctx, r)
	if err == nil && !bytes.Equal(markup, f.painted[r.Target]) {
		f.painted[r.Target] = markup
		o.SendMarkup(0, markup)
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

// frameRegions are the counts of the frame, and the note that an admin is inside.
func (f *TeamFeed) frameRegions(ctx context.Context) ([]Region, error) {
	fr, err := f.s.work.Frame(ctx, f.By)
	if err != nil {
		return nil, err
	}
	f.Asks, f.NeedsYou = fr.Asks, fr.NeedsYou
	inside := shell.Inside(shell.Team{Slug: f.By.Slug, Role: f.By.Role}, fr.Entrances, f.By.Entered)
	return append(CountRegions(f.By, fr), NewRegion("#inside", OuterMorph, inside)), nil
}

// CountRegions are the counts of the sidebar and of the phone's tab bar.
func CountRegions(by tenant.Actor, fr appwork.Frame) []Region {
	return []Region{
		NewRegion("#nav-sessions", OuterMorph, shell.SessionsCount(liveSessions(fr.Counts))),
		NewRegion("#nav-needs", OuterMorph, shell.NeedsCount(fr.NeedsYou, fr.Asks, by.Can(tenant.AnswerPermission))),
		NewRegion("#tab-needs", OuterMorph, shell.NeedsTab(fr.NeedsYou)),
		NewRegion("#month-tokens", OuterMorph, shell.MonthTokens(fr.Budget)),
		NewRegion("#month-meter", OuterMorph, shell.MonthMeter(fr.Budget)),
	}
}
