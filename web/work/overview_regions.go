package work

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/views/overview"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// overviewRegions are the parts of the open overview.
func (s *Pages) overviewRegions(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
	o, err := s.readOverview(ctx, f.By, f.NeedsYou, f.Asks)
	return []webkit.Region{
		webkit.NewRegion("#overview-strip", webkit.OuterMorph, overview.Strip(o)),
		webkit.NewRegion("#overview-warning", webkit.OuterMorph, overview.Warning(o)),
		webkit.NewRegion("#overview-needs", webkit.OuterMorph, overview.Needs(o)),
		webkit.NewRegion("#overview-active", webkit.OuterMorph, overview.Active(o)),
		webkit.NewRegion("#overview-ended", webkit.OuterMorph, overview.Ended(o)),
		webkit.NewRegion("#overview-waiting", webkit.OuterMorph, overview.Waiting(o)),
		webkit.NewRegion("#overview-usage", webkit.OuterMorph, overview.Usage(o)),
	}, err
}

// needsRegions is the list of open approvals and questions.
func (s *Pages) needsRegions(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
	asks, err := s.work.NeedsYou(ctx, f.By)
	return []webkit.Region{webkit.NewRegion("#needs-list", webkit.OuterMorph, overview.NeedsList("/t/"+f.By.Slug, f.By, asks))}, err
}
