package web

import (
	"context"

	"github.com/a-h/templ"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
)

// eventRegions puts an item of the conversation where it stands already, or at the end. Where the reader's page may reach further
// back than what was recalled, an earlier form of the item is taken away first.
func (f *sessionFeed) eventRegions(it sessions.Item, again bool) []region {
	if it.Key == "" {
		return nil
	}
	own, now := "#"+sessions.ItemID(it.Key), newRegion("#conversation", atEnd, sessions.ItemView(it, f.base))
	switch {
	case again:
		return []region{newRegion(own, whole, now.view)}
	case it.Before != "":
		now.target, now.swap = "#"+sessions.ItemID(it.Before), ahead
	}
	if f.partly {
		return []region{newRegion(own, removed, templ.NopComponent), now}
	}
	return []region{now}
}

// growing are the texts that are not whole yet.
func (f *sessionFeed) growing() region {
	return newRegion("#session-live", inside, sessions.Items(sessions.Growing(f.alive(), f.glass.Session), f.base))
}

// regions are the parts of the page that change with the session, and the counts beside it.
func (f *sessionFeed) regions() []region {
	g := f.glass
	g.Parts = f.alive()
	return append(append(glassRegions(detailOf(f.by, g)), f.growing()), countRegions(f.counts)...)
}

// recount reads the counts of the sidebar again if anything rang in the team since.
func (f *sessionFeed) recount(ctx context.Context) (err error) {
	select {
	case <-f.team.Ring:
		f.counts, err = f.s.app.Work.Frame(ctx, f.by)
	default:
	}
	return err
}

// lean is a session's glass without what a stream keeps elsewhere.
func lean(g appwork.Glass) appwork.Glass {
	g.Events = nil
	return g
}
