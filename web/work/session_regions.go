package work

import (
	"context"

	"github.com/a-h/templ"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// eventRegions replaces an item of the conversation, or adds it at the end. If the page may show older events than the stream
// has read, an earlier form of the item is deleted first.
func (f *sessionFeed) eventRegions(it sessions.Item, again bool) []webkit.Region {
	if it.Key == "" {
		return nil
	}
	own, now := "#"+sessions.ItemID(it.Key), webkit.NewRegion("#conversation", webkit.BeforeEnd, sessions.ItemView(it, f.place()))
	switch {
	case again:
		return []webkit.Region{webkit.NewRegion(own, webkit.OuterMorph, now.View)}
	case it.Before != "":
		now.Target, now.Swap = "#"+sessions.ItemID(it.Before), webkit.BeforeBegin
	}
	if f.isPartial {
		return []webkit.Region{webkit.NewRegion(own, webkit.Delete, templ.NopComponent), now}
	}
	return []webkit.Region{now}
}

// place is where the entries are shown.
func (f *sessionFeed) place() sessions.Place { return detailOf(f.by, f.detail, f.origin).Where() }

// growingRegion shows the texts that are still growing.
func (f *sessionFeed) growingRegion() webkit.Region {
	return webkit.NewRegion("#session-live", webkit.InnerMorph, sessions.Items(sessions.Growing(f.growingParts(), f.detail.Session), f.place()))
}

// regions are the parts of the page that change with the session, and the counts of the frame.
func (f *sessionFeed) regions() []webkit.Region {
	g := f.detail
	g.Parts = f.growingParts()
	d := detailOf(f.by, g, f.origin)
	newer := webkit.NewRegion("#checkpoints-newer", webkit.OuterMorph, sessions.NewerCheckpoints(d, f.drawn))
	return append(append(detailRegions(d), f.growingRegion(), newer), webkit.CountRegions(f.by, f.counts)...)
}

// reloadCounts reads the counts of the frame again if the team's bell rang.
func (f *sessionFeed) reloadCounts(ctx context.Context) (err error) {
	select {
	case <-f.team.Ring:
		f.counts, err = f.s.work.Frame(ctx, f.by)
	default:
	}
	return err
}

// withoutEvents drops the events, which a stream keeps in its thread.
func withoutEvents(g appwork.SessionDetail) appwork.SessionDetail {
	g.Events = nil
	return g
}
