package work

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// How many rows a page of a session's tabs shows.
const (
	logRows  = 200
	callRows = 50
)

// ShowChanges shows the tab with the diff and the results of the checks.
func (s *Pages) ShowChanges(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	ch, err := s.readChanges(c.UserContext(), webkit.Actor(c), d.Session.ID)
	if err != nil {
		return err
	}
	ch.Split = c.Query("view") == "split"
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.ChangesPage(p, d, ch))
}

// readChanges reads the files of the diff, whether it is complete, and the results of the checks.
func (s *Pages) readChanges(ctx context.Context, by tenant.Actor, id session.ID) (ch sessions.Changes, err error) {
	if ch.Files, err = s.work.Files(ctx, by, id); err != nil {
		return ch, err
	}
	patch, err := s.work.Patch(ctx, by, id, 0)
	if err != nil {
		return ch, err
	}
	ch.TakenAt, ch.Truncated = patch.TakenAt, patch.Truncated
	ch.Checks, err = s.work.Checks(ctx, by, id, 0)
	return ch, err
}

// ShowChecks shows the tab with the results of the checks in the last two attempts that have any, and the output of one check.
func (s *Pages) ShowChecks(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	var t sessions.CheckTab
	for n := d.Session.Attempt; n > 0 && len(t.Attempts) < 2; n-- {
		results, err := s.work.Checks(c.UserContext(), webkit.Actor(c), d.Session.ID, n)
		if err != nil {
			return err
		}
		if len(results) > 0 {
			t.Attempts = append([]sessions.CheckedAttempt{{N: n, Results: results}}, t.Attempts...)
		}
	}
	t.Selected = t.Choose(int(numberIn(c, "check")), c.Query("check") != "")
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.ChecksPage(p, d, t))
}

// ShowCalls shows the tab with the session's model calls, newest first.
func (s *Pages) ShowCalls(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	calls, err := s.readCalls(c.UserContext(), webkit.Actor(c), d, c.Query("before"))
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.CallsPage(p, d, calls))
}

// readCalls reads a page of model calls, and what the agent itself reported of its usage.
func (s *Pages) readCalls(ctx context.Context, by tenant.Actor, d sessions.Detail, before string) (calls sessions.Calls, err error) {
	found, more, err := s.work.Calls(ctx, by, d.Session.ID, before, callRows)
	if err != nil {
		return calls, err
	}
	calls.Calls = found
	if more {
		calls.Older = d.Base + "/calls?before=" + found[len(found)-1].ID
	}
	calls.Agent, err = s.work.AgentUsage(ctx, by, d.Session.ID)
	return calls, err
}

// ShowCall shows one model call with its messages, without those that retention has deleted.
func (s *Pages) ShowCall(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	call, bodies, err := s.work.Call(c.UserContext(), webkit.Actor(c), d.Session.ID, c.Params("call"))
	if err != nil {
		return err
	}
	one := sessions.Call{Call: call}
	for _, hash := range call.Request {
		if body, ok := bodies[hash]; ok {
			one.Messages = append(one.Messages, body)
		}
	}
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.CallPage(p, d, one))
}

// ShowLog shows the event log: its end, the page before or after a number, or the events around one event.
func (s *Pages) ShowLog(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	l := sessions.Log{At: numberIn(c, "at")}
	if l.Events, err = s.readLog(c.UserContext(), webkit.Actor(c), d.Session.ID, l.At, numberIn(c, "before"), numberIn(c, "after")); err != nil {
		return err
	}
	l.Earlier, l.Later = logLinks(d, l.Events)
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.LogPage(p, d, l))
}

// logLinks are the addresses of the pages before and after some events of the log.
func logLinks(d sessions.Detail, events []event.Event) (earlier, later string) {
	if len(events) == 0 {
		return "", ""
	}
	if first := events[0].Seq; first > 1 {
		earlier = d.Base + "/log?before=" + strconv.FormatInt(first, 10)
	}
	if last := events[len(events)-1].Seq; last < d.Session.LastSeq {
		later = d.Base + "/log?after=" + strconv.FormatInt(last, 10)
	}
	return earlier, later
}

// readLog reads the page of the log that the query names.
func (s *Pages) readLog(ctx context.Context, by tenant.Actor, id session.ID, at, before, after int64) ([]event.Event, error) {
	switch {
	case after > 0:
		return s.work.Events(ctx, by, id, after, logRows)
	case at > 0:
		return s.work.EventsBefore(ctx, by, id, at+logRows/2, logRows)
	}
	return s.work.EventsBefore(ctx, by, id, before, logRows)
}

// ShowOlderEvents adds earlier events above those on the page. Items that continue on the page stay there.
func (s *Pages) ShowOlderEvents(c *fiber.Ctx) error {
	by, id, before := webkit.Actor(c), sessionID(c), numberIn(c, "before")
	base := "/t/" + by.Slug + "/sessions/" + string(id)
	older, err := s.work.EventsBefore(c.UserContext(), by, id, before, pageEvents)
	if err != nil {
		return err
	}
	if !webkit.WantsPart(c) {
		return webkit.Redirect(c, base+"/log?before="+strconv.FormatInt(before, 10))
	}
	newer, err := s.work.Events(c.UserContext(), by, id, before-1, pageEvents)
	if err != nil {
		return err
	}
	g, err := s.work.SessionDetail(c.UserContext(), by, id, 1)
	if err != nil {
		return err
	}
	items, first := olderItems(older, newer)
	at := detailOf(by, g, s.origin(c)).Where()
	return s.kit.DrawPage(c, fiber.StatusOK, webkit.PartsOf(webkit.NewRegion("#conversation", webkit.AfterBegin, sessions.Items(items, at)), webkit.NewRegion("#older", webkit.OuterMorph, sessions.OlderLink(base, first))))
}

// olderItems are the items of older that newer does not continue, and the number before which there are more; 0 if there are none.
func olderItems(older, newer []event.Event) (items []sessions.Item, first int64) {
	continued := map[string]bool{}
	for _, e := range newer {
		continued[sessions.Key(e)] = true
	}
	for _, it := range sessions.Fold(older) {
		if !continued[it.Key] {
			items = append(items, it)
		}
	}
	if len(older) > 0 && older[0].Seq > 1 {
		first = older[0].Seq
	}
	return items, first
}

// numberIn reads the number of an event from the query; anything else is 0.
func numberIn(c *fiber.Ctx, name string) int64 {
	n, _ := strconv.ParseInt(c.Query(name), 10, 64)
	return max(n, 0)
}
