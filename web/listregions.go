package web

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
)

// listRegions are the chips, the rows of the reader's page that changed, and how many newer sessions there are. A row that left
// the filter stays where it is and says its new state.
func (f *teamFeed) listRegions(ctx context.Context) ([]region, error) {
	counts, err := f.s.app.Counts(ctx, f.by)
	if err != nil {
		return nil, err
	}
	base := "/t/" + f.by.Slug + "/sessions"
	rs := []region{{"#lamps", whole, sessions.Lamps(sessions.List{Base: base, Filter: f.filter, Counts: counts})}}
	newer, err := f.newerRegion(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := f.changedRows(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		rs = append(rs, region{"#" + sessions.RowID(row.Session.ID), whole, sessions.RowView(row)})
	}
	return append(rs, newer...), nil
}

// newerRegion announces sessions of this filter that are newer than the reader's page. Only the first page says so.
func (f *teamFeed) newerRegion(ctx context.Context) ([]region, error) {
	if f.filter.Before != "" || f.filter.After != "" {
		return nil, nil
	}
	above := f.filter
	above.After = f.top
	n, more, err := f.s.app.CountSessions(ctx, f.by, above)
	if err != nil {
		return nil, err
	}
	return []region{{"#newer", whole, sessions.NewerNote(int64(n), more, listPath(f.by.Slug, f.filter, "", ""))}}, nil
}

// changedRows are the rows of the reader's page that changed since the last time, and those whose place in the queue did.
func (f *teamFeed) changedRows(ctx context.Context) ([]sessions.Row, error) {
	if f.top == "" {
		return nil, nil
	}
	found, err := f.changedSessions(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := f.s.rows(ctx, f.by, found)
	if err != nil {
		return nil, err
	}
	var news []sessions.Row
	for _, row := range rows {
		if id := row.Session.ID; f.changed[id] || f.queue[id] != row.Queue {
			f.queue[id] = row.Queue
			news = append(news, row)
		}
	}
	return news, nil
}

// changedSessions reads again what may have changed on the reader's page: what the log of changes named, and what waits in the queue.
func (f *teamFeed) changedSessions(ctx context.Context) ([]session.Session, error) {
	var found []session.Session
	for id := range f.changed {
		if id > f.top || id < f.end {
			continue
		}
		one, err := f.s.app.Session(ctx, f.by, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return f.addQueued(ctx, found)
}

// addQueued adds the page's queued sessions: their places move when others do.
func (f *teamFeed) addQueued(ctx context.Context, found []session.Session) ([]session.Session, error) {
	queued, err := f.s.app.Sessions(ctx, f.by, session.Filter{Statuses: []session.Status{session.Queued}, Query: f.filter.Query, Before: f.filter.Before, Limit: listRows})
	if err != nil {
		return nil, err
	}
	for _, one := range queued.Items {
		if one.ID <= f.top && one.ID >= f.end && !f.changed[one.ID] {
			found = append(found, one)
		}
	}
	return found, nil
}
