package work

import (
	"context"

	"github.com/a-h/templ"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// eventRegions puts an item of the conversation where it stands already, or at the end. Where the reader's page may reach further
// back than what was recalled, an earlier form of the item is taken away first.
func (f *sessionFeed) eventRegions(it sessions.Item, again bool) []webkit.Region {
	if it.Key == "" {
		return nil
	}
	own, now := "#"+sessions.ItemID(it.Key), webkit.NewRegion("#conversation", webkit.AtEnd, sessions.ItemView(it, f.base))
	switch {
	case again:
		return []webkit.Region{webkit.NewRegion(own, webkit.Whole, now.View)}
	case it.Before != "":
		now.Target, now.Swap = "#"+sessions.ItemID(it.Before), webkit.Ahead
	}
	if f.partly {
		return []webkit.Region{webkit.NewRegion(own, webkit.Removed, templ.NopComponent), now}
	}
	return []webkit.Region{now}
}

// growing are the texts that are not whole yet.
func (f *sessionFeed) growing() webkit.Region {
	return webkit.NewRegion("#session-live", webkit.Inside, sessions.Items(sessions.Growing(f.alive(), f.glass.Session), f.base))
}

// regions are the parts of the page that change with the session, and the counts beside it.
func (f *sessionFeed) regions() []webkit.Region {
	g := f.glass
	g.Parts = f.alive()
	return append(append(glassRegions(detailOf(f.by, g)), f.growing()), webkit.CountRegions(f.counts)...)
}

// recount reads the counts of the sidebar again if anything rang in the team since.
func (f *sessionFeed) recount(ctx context.Context) (err error) {
	select {
	case <-f.team.Ring:
		f.counts, err = f.s.work.Frame(ctx, f.by)
	default:
	}
	return err
}

// lean is a session's glass without what a stream keeps elsewhere.
func lean(g appwork.Glass) appwork.Glass {
	g.Events = nil
	return g
}
