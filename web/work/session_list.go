package work

import (
	"context"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ListSessions shows a page of the team's sessions. If the list cannot be read, it shows the error in its place and the rest works.
func (s *Pages) ListSessions(c *fiber.Ctx) error {
	p, err := s.kit.NewPage(c, "sessions", "Sessions")
	if err != nil {
		return err
	}
	status, f := fiber.StatusOK, filterFrom(c)
	l, err := s.readList(c.UserContext(), webkit.Actor(c), &f)
	if fault.Is(err, fault.Invalid) { // the stream would fail on the same query
		status, l.Fault, f.Query = fiber.StatusUnprocessableEntity, err.Error(), ""
	} else if err != nil && fault.KindOf(err) != fault.Internal {
		return err
	} else if err != nil {
		r := s.kit.RefusalOf(c, err)
		status, l.Fault = r.Status, r.Message+" Reference "+r.Reference+"."
	}
	p.Stream += "&" + streamQuery(f, l.Rows)
	return s.kit.DrawPage(c, status, sessions.ListPage(p, l))
}

// readList reads the page of a list. Paging back to the newest sessions returns the full first page.
func (s *Pages) readList(ctx context.Context, by tenant.Actor, f *session.Filter) (sessions.List, error) {
	l := sessions.List{Base: "/t/" + by.Slug + "/sessions", Filter: *f, CanWrite: by.Can(tenant.WriteSessions)}
	page, err := s.work.Sessions(ctx, by, *f)
	if err == nil && f.After != "" && !page.More {
		f.After = ""
		page, err = s.work.Sessions(ctx, by, *f)
	}
	if err != nil {
		return l, err
	}
	l.Filter = *f
	if l.Counts, err = s.work.Counts(ctx, by); err != nil {
		return l, err
	}
	l.Newer, l.Older = pageLinks(by.Slug, *f, page)
	l.Rows, err = s.readRows(ctx, by, page.Items)
	return l, err
}

// pageLinks are the addresses of the pages before and after this one.
func pageLinks(slug string, f session.Filter, page session.Page) (newer, older string) {
	if len(page.Items) == 0 {
		return "", ""
	}
	first, last := page.Items[0].ID, page.Items[len(page.Items)-1].ID
	if f.Before != "" || f.After != "" {
		newer = listPath(slug, f, "after_id", first)
	}
	if f.After != "" || page.More {
		older = listPath(slug, f, "before", last)
	}
	return newer, older
}

// readRows adds to sessions why they wait and what they ask for.
func (s *Pages) readRows(ctx context.Context, by tenant.Actor, ss []session.Session) ([]sessions.Row, error) {
	asks, err := s.openAskTexts(ctx, by, ss)
	if err != nil {
		return nil, err
	}
	queues, err := s.work.SessionQueues(ctx, by, ss)
	if err != nil {
		return nil, err
	}
	pulls, err := s.pullsOf(ctx, by, ss)
	if err != nil {
		return nil, err
	}
	rows := make([]sessions.Row, 0, len(ss))
	for _, one := range ss {
		rows = append(rows, sessions.Row{Pull: pulls[one.ID], Href: "/t/" + by.Slug + "/sessions/" + string(one.ID), Session: one, Queue: queues[one.ID], Asks: asks[one.ID],
			MayAnswer: by.CanOn(tenant.AnswerPermission, one.CreatedBy)})
	}
	return rows, nil
}

// pullsOf are the newest pull requests of the sessions that ended; others show what they do.
func (s *Pages) pullsOf(ctx context.Context, by tenant.Actor, ss []session.Session) (map[session.ID]*session.Pull, error) {
	var ended []session.ID
	for _, one := range ss {
		if one.Status.Finished() && one.RepositoryID != "" {
			ended = append(ended, one.ID)
		}
	}
	found, err := s.work.PullsOf(ctx, by, ended)
	pulls := map[session.ID]*session.Pull{}
	for id, p := range found {
		pulls[id] = &p
	}
	return pulls, err
}

// openAskTexts is what each session that waits for a person asks for, in a few words. It is read only if one waits.
func (s *Pages) openAskTexts(ctx context.Context, by tenant.Actor, ss []session.Session) (map[session.ID]string, error) {
	words := map[session.ID]string{}
	for _, one := range ss {
		if one.WaitingFor == "" {
			continue
		}
		open, err := s.work.NeedsYou(ctx, by)
		if err != nil {
			return nil, err
		}
		for _, a := range open {
			if words[a.Session.ID] == "" {
				words[a.Session.ID] = a.Ask.Subject()
			}
		}
		return words, nil
	}
	return words, nil
}

// streamQuery describes the open page to its stream: the filter, the place in the list, the newest and the oldest row.
func streamQuery(f session.Filter, rows []sessions.Row) string {
	_, query, _ := strings.Cut(listPath("", f, "before", f.Before), "?")
	q, _ := url.ParseQuery(query)
	if len(rows) > 0 {
		q.Set("top", string(rows[0].Session.ID))
		q.Set("end", string(rows[len(rows)-1].Session.ID))
	}
	if f.After != "" {
		q.Set("after_id", string(f.After))
	}
	return q.Encode()
}
