package work

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/views/overview"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func (s *Pages) overviewRegions(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
	o, err := s.overviewOf(ctx, f.By, f.Needs)
	return []webkit.Region{
		webkit.NewRegion("#overview-strip", webkit.Whole, overview.Strip(o)),
		webkit.NewRegion("#overview-warning", webkit.Whole, overview.Warning(o)),
		webkit.NewRegion("#overview-needs", webkit.Whole, overview.Needs(o)),
		webkit.NewRegion("#overview-active", webkit.Whole, overview.Active(o)),
		webkit.NewRegion("#overview-ended", webkit.Whole, overview.Ended(o)),
		webkit.NewRegion("#overview-waiting", webkit.Whole, overview.Waiting(o)),
		webkit.NewRegion("#overview-usage", webkit.Whole, overview.Usage(o)),
	}, err
}

func (s *Pages) needsRegions(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
	asks, err := s.work.NeedsYou(ctx, f.By)
	return []webkit.Region{webkit.NewRegion("#needs-list", webkit.Whole, overview.NeedsList("/t/"+f.By.Slug, f.By, asks))}, err
}
