package web

import (
	"context"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/views/overview"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// frameRegions are the counts beside every page.
func (f *teamFeed) frameRegions(ctx context.Context) ([]region, error) {
	fr, err := f.s.app.Work.Frame(ctx, f.by)
	if err != nil {
		return nil, err
	}
	f.needs = fr.NeedsYou
	inside := shell.Inside(shell.Team{Slug: f.by.Slug, Role: f.by.Role}, fr.Entrances, f.by.Entered)
	return append(countRegions(fr), newRegion("#inside", whole, inside)), nil
}

// countRegions are the counts of the sidebar and of the phone's tab bar.
func countRegions(fr appwork.Frame) []region {
	return []region{
		newRegion("#nav-sessions", whole, shell.SessionsCount(liveSessions(fr.Counts))),
		newRegion("#nav-needs", whole, shell.NeedsCount(fr.NeedsYou)),
		newRegion("#tab-needs", whole, shell.NeedsTab(fr.NeedsYou)),
		newRegion("#month-tokens", whole, shell.MonthTokens(fr.Budget)),
		newRegion("#month-meter", whole, shell.MonthMeter(fr.Budget)),
	}
}

func (s *Server) overviewRegions(ctx context.Context, f *teamFeed) ([]region, error) {
	o, err := s.overviewOf(ctx, f.by, f.needs)
	return []region{
		newRegion("#overview-strip", whole, overview.Strip(o)),
		newRegion("#overview-warning", whole, overview.Warning(o)),
		newRegion("#overview-needs", whole, overview.Needs(o)),
		newRegion("#overview-active", whole, overview.Active(o)),
		newRegion("#overview-ended", whole, overview.Ended(o)),
		newRegion("#overview-waiting", whole, overview.Waiting(o)),
		newRegion("#overview-usage", whole, overview.Usage(o)),
	}, err
}

func (s *Server) needsRegions(ctx context.Context, f *teamFeed) ([]region, error) {
	asks, err := s.app.Work.NeedsYou(ctx, f.by)
	return []region{newRegion("#needs-list", whole, overview.NeedsList("/t/"+f.by.Slug, f.by, asks))}, err
}
