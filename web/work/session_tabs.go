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
	ch := sessions.Changes{Split: c.Query("view") == "split"}
	if ch.Files, err = s.work.Files(c.UserContext(), webkit.Actor(c), d.Session.ID); err != nil {
		return err
	}
	patch, err := s.work.Patch(c.UserContext(), webkit.Actor(c), d.Session.ID)
	if err != nil {
		return err
	}
	ch.TakenAt, ch.Truncated = patch.TakenAt, patch.Truncated
	if ch.Checks, err = s.work.Checks(c.UserContext(), webkit.Actor(c), d.Session.ID); err != nil {
		return err
	}
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.ChangesPage(p, d, ch))
}

// ShowCalls shows the tab with the session's model calls, newest first.
func (s *Pages) ShowCalls(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	found, more, err := s.work.Calls(c.UserContext(), webkit.Actor(c), d.Session.ID, c.Query("before"), callRows)
	if err != nil {
		return err
	}
	calls := sessions.Calls{Calls: found}
	if calls.Agent, err = s.work.AgentUsage(c.UserContext(), webkit.Actor(c), d.Session.ID); err != nil {
		return err
	}
	if more {
		calls.Older = d.Base + "/calls?before=" + found[len(found)-1].ID
	}
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.CallsPage(p, d, calls))
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
	for _, address := range call.Request {
		if body, kept := bodies[address]; kept {
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
	if n := len(l.Events); n > 0 {
		if first := l.Events[0].Seq; first > 1 {
			l.Earlier = d.Base + "/log?before=" + strconv.FormatInt(first, 10)
		}
		if last := l.Events[n-1].Seq; last < d.Session.LastSeq {
			l.Later = d.Base + "/log?after=" + strconv.FormatInt(last, 10)
		}
	}
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.LogPage(p, d, l))
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
	items, first := olderItems(older, newer)
	return s.kit.DrawPage(c, fiber.StatusOK, webkit.PartsOf(webkit.NewRegion("#conversation", webkit.AfterBegin, sessions.Items(items, base)), webkit.NewRegion("#older", webkit.OuterMorph, sessions.OlderLink(base, first))))
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
