package web

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/views/overview"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// frameRegions are the counts beside every page.
func (f *teamFeed) frameRegions(ctx context.Context) ([]region, error) {
	fr, err := f.s.app.Frame(ctx, f.by)
	if err != nil {
		return nil, err
	}
	f.needs = fr.NeedsYou
	inside := shell.Inside(shell.Team{Slug: f.by.Slug, Role: f.by.Role}, fr.Entrances, f.by.Entered)
	return append(countRegions(fr), region{"#inside", whole, inside}), nil
}

// countRegions are the counts of the sidebar and of the phone's tab bar.
func countRegions(fr app.Frame) []region {
	return []region{
		{"#nav-sessions", whole, shell.SessionsCount(liveSessions(fr.Counts))},
		{"#nav-needs", whole, shell.NeedsCount(fr.NeedsYou)},
		{"#tab-needs", whole, shell.NeedsTab(fr.NeedsYou)},
		{"#month-tokens", whole, shell.MonthTokens(fr.Budget)},
		{"#month-meter", whole, shell.MonthMeter(fr.Budget)},
	}
}

func (f *teamFeed) overviewRegions(ctx context.Context) ([]region, error) {
	o, err := f.s.overviewOf(ctx, f.by, f.needs)
	return []region{
		{"#overview-strip", whole, overview.Strip(o)},
		{"#overview-warning", whole, overview.Warning(o)},
		{"#overview-needs", whole, overview.Needs(o)},
		{"#overview-active", whole, overview.Active(o)},
		{"#overview-ended", whole, overview.Ended(o)},
		{"#overview-waiting", whole, overview.Waiting(o)},
		{"#overview-usage", whole, overview.Usage(o)},
	}, err
}

func (f *teamFeed) needsRegions(ctx context.Context) ([]region, error) {
	asks, err := f.s.app.NeedsYou(ctx, f.by)
	return []region{{"#needs-list", whole, overview.NeedsList("/t/"+f.by.Slug, f.by, asks)}}, err
}
