package work

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// listView is the view of a list that a reader has open.
type listView struct {
	s      *Pages
	filter session.Filter
	// top and end are the newest and the oldest session on the page. Newer ones are announced but not inserted.
	top, end session.ID
	// queue is the place that each queued row showed last.
	queue map[session.ID]session.Queue
}

// listViewOf reads the view of a list from the stream's address.
func (s *Pages) listViewOf(c *fiber.Ctx) webkit.TeamView {
	l := &listView{s: s, filter: filterFrom(c), top: session.ID(c.Query("top")), end: session.ID(c.Query("end")), queue: map[session.ID]session.Queue{}}
	return l.regions
}

// regions are the status filters, the rows of the page that changed, and the number of newer sessions. A row that no longer
// matches the filter keeps its place and shows its new state.
func (l *listView) regions(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
	counts, err := l.s.work.Counts(ctx, f.By)
	if err != nil {
		return nil, err
	}
	base := "/t/" + f.By.Slug + "/sessions"
	rs := []webkit.Region{webkit.NewRegion("#lamps", webkit.OuterMorph, sessions.Lamps(sessions.List{Base: base, Filter: l.filter, Counts: counts}))}
	newer, err := l.newerRegion(ctx, f)
	if err != nil {
		return nil, err
	}
	rows, err := l.changedRows(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		rs = append(rs, webkit.NewRegion("#"+sessions.RowID(row.Session.ID), webkit.OuterMorph, sessions.RowView(row)))
	}
	return append(rs, newer...), nil
}

// newerRegion announces sessions of this filter that are newer than the page. Only the first page announces them.
func (l *listView) newerRegion(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
	if l.filter.Before != "" || l.filter.After != "" {
		return nil, nil
	}
	above := l.filter
	above.After = l.top
	n, more, err := l.s.work.CountSessions(ctx, f.By, above)
	if err != nil {
		return nil, err
	}
	return []webkit.Region{webkit.NewRegion("#newer", webkit.OuterMorph, sessions.NewerNote(int64(n), more, listPath(f.By.Slug, l.filter, "", "")))}, nil
}

// changedRows are the rows of the page whose session or place in the queue has changed since the last paint.
func (l *listView) changedRows(ctx context.Context, f *webkit.TeamFeed) ([]sessions.Row, error) {
	if l.top == "" {
		return nil, nil
	}
	found, err := l.changedSessions(ctx, f)
	if err != nil {
		return nil, err
	}
	rows, err := l.s.readRows(ctx, f.By, found)
	if err != nil {
		return nil, err
	}
	var news []sessions.Row
	for _, row := range rows {
		if id := row.Session.ID; f.Changed[id] || l.queue[id] != row.Queue {
			l.queue[id] = row.Queue
			news = append(news, row)
		}
	}
	return news, nil
}

// changedSessions reads the sessions of the page that may have changed: those that the log of changes names, and queued ones.
func (l *listView) changedSessions(ctx context.Context, f *webkit.TeamFeed) ([]session.Session, error) {
	var found []session.Session
	for id := range f.Changed {
		if id > l.top || id < l.end {
			continue
		}
		one, err := l.s.work.Session(ctx, f.By, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return l.addQueued(ctx, f, found)
}

// addQueued adds the queued sessions of the page, because their places change when others move.
func (l *listView) addQueued(ctx context.Context, f *webkit.TeamFeed, found []session.Session) ([]session.Session, error) {
	queued, err := l.s.work.Sessions(ctx, f.By, session.Filter{Statuses: []session.Status{session.Queued}, Query: l.filter.Query, Before: l.filter.Before, Limit: listRows})
	if err != nil {
		return nil, err
	}
	for _, one := range queued.Items {
		if one.ID <= l.top && one.ID >= l.end && !f.Changed[one.ID] {
			found = append(found, one)
		}
	}
	return found, nil
}
