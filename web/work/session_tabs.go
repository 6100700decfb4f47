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

// ShowChanges is the tab with the diff and the verdicts of the checks.
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
	return s.kit.Draw(c, fiber.StatusOK, sessions.ChangesPage(p, d, ch))
}

// ShowCalls is the tab with what a session asked its models, newest first.
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
	return s.kit.Draw(c, fiber.StatusOK, sessions.CallsPage(p, d, calls))
}

// ShowCall shows one model call with its messages; those that retention removed are left out.
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
	return s.kit.Draw(c, fiber.StatusOK, sessions.CallPage(p, d, one))
}

// ShowLog is the numbered event log: its end, a page before or after a number, or the surroundings of one event.
func (s *Pages) ShowLog(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	l := sessions.Log{At: webkit.Number(c, "at")}
	if l.Events, err = s.logPage(c.UserContext(), webkit.Actor(c), d.Session.ID, l.At, webkit.Number(c, "before"), webkit.Number(c, "after")); err != nil {
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
	return s.kit.Draw(c, fiber.StatusOK, sessions.LogPage(p, d, l))
}

func (s *Pages) logPage(ctx context.Context, by tenant.Actor, id session.ID, at, before, after int64) ([]event.Event, error) {
	switch {
	case after > 0:
		return s.work.Events(ctx, by, id, after, logRows)
	case at > 0:
		return s.work.EventsBefore(ctx, by, id, at+logRows/2, logRows)
	}
	return s.work.EventsBefore(ctx, by, id, before, logRows)
}

// OlderEvents puts the entries before a number above those the page shows. Things that go on in what is shown are left there.
func (s *Pages) OlderEvents(c *fiber.Ctx) error {
	by, id, before := webkit.Actor(c), sessionID(c), webkit.Number(c, "before")
	base := "/t/" + by.Slug + "/sessions/" + string(id)
	older, err := s.work.EventsBefore(c.UserContext(), by, id, before, pageEvents)
	if err != nil {
		return err
	}
	if !webkit.Partial(c) {
		return webkit.MoveTo(c, base+"/log?before="+strconv.FormatInt(before, 10))
	}
	newer, err := s.work.Events(c.UserContext(), by, id, before-1, pageEvents)
	if err != nil {
		return err
	}
	items, first := olderItems(older, newer)
	return s.kit.Draw(c, fiber.StatusOK, webkit.Parts(webkit.NewRegion("#conversation", webkit.AtStart, sessions.Items(items, base)), webkit.NewRegion("#older", webkit.Whole, sessions.OlderLink(base, first))))
}

// olderItems are the things that older shows and newer does not, and the number before which there is more; 0 has none.
func olderItems(older, newer []event.Event) (items []sessions.Item, first int64) {
	goesOn := map[string]bool{}
	for _, e := range newer {
		goesOn[sessions.Key(e)] = true
	}
	for _, it := range sessions.Fold(older) {
		if !goesOn[it.Key] {
			items = append(items, it)
		}
	}
	if len(older) > 0 && older[0].Seq > 1 {
		first = older[0].Seq
	}
	return items, first
}
