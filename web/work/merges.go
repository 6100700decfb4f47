package work

import (
	"context"
	"fmt"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/merges"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowMergeQueue shows the merge queue of the repository in the query, or of the first one that has entries.
func (s *Pages) ShowMergeQueue(c *fiber.Ctx) error {
	f, err := s.kit.NewPage(c, "merge-queue", "Merge queue")
	if err != nil {
		return err
	}
	p, err := s.readMerges(c.UserContext(), webkit.Actor(c), repository.ID(c.Query("repository")))
	if err != nil {
		return err
	}
	f.Stream += "&repository=" + string(p.Queue.Repository)
	if n := p.PlaceOf(merge.ID(c.Query("entry"))); n > 0 && f.Toast != "" {
		f.Toast = fmt.Sprintf("Put into the merge queue, at place %d.", n)
	}
	return s.kit.DrawPage(c, fiber.StatusOK, merges.QueuePage(f, p))
}

// readMerges reads the queue of a repository; without an ID, that of the first one with entries.
func (s *Pages) readMerges(ctx context.Context, by tenant.Actor, id repository.ID) (p merges.Page, err error) {
	p = merges.Page{Base: "/t/" + by.Slug, CanLead: by.Can(tenant.EditRepositories), CanPutIn: by.Can(tenant.WriteSessions), Now: s.kit.Clock.Now(),
		CanAct: func(e merge.Entry) bool { return by.CanOn(tenant.WriteSessions, e.Owner) }}
	all, err := s.repos.Repositories(ctx, by)
	if err != nil {
		return p, err
	}
	p.Repositories = slices.DeleteFunc(all, func(r repository.Repository) bool { return s.repos.CheckWritable(by.Slug, r) != nil })
	if p.Open, p.Touching, err = s.work.MergeOverview(ctx, by, id); err != nil {
		return p, err
	}
	if id == "" {
		if id = firstQueue(p); id == "" {
			return p, nil
		}
		if _, p.Touching, err = s.work.MergeOverview(ctx, by, id); err != nil {
			return p, err
		}
	}
	p.Queue, err = s.work.MergeQueue(ctx, by, id)
	return p, err
}

// firstQueue is the first repository whose queue has entries, else the first repository.
func firstQueue(p merges.Page) repository.ID {
	for _, r := range p.Repositories {
		if p.Open[r.ID] > 0 {
			return r.ID
		}
	}
	if len(p.Repositories) > 0 {
		return p.Repositories[0].ID
	}
	return ""
}

// mergeViewOf paints the queue of the repository in the stream's address.
func (s *Pages) mergeViewOf(c *fiber.Ctx) webkit.TeamView {
	id := repository.ID(c.Query("repository"))
	return func(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
		p, err := s.readMerges(ctx, f.By, id)
		if err != nil || p.Queue.Repository == "" {
			return nil, err
		}
		return []webkit.Region{
			webkit.NewRegion("#merge-strip", webkit.OuterMorph, merges.Strip(p)),
			webkit.NewRegion("#merge-notes", webkit.OuterMorph, merges.Notes(p)),
			webkit.NewRegion("#merge-batch", webkit.OuterMorph, merges.Batch(p)),
			webkit.NewRegion("#merge-open", webkit.OuterMorph, merges.Open(p)),
			webkit.NewRegion("#merge-left", webkit.OuterMorph, merges.Left(p)),
			webkit.NewRegion("#merge-bisect", webkit.OuterMorph, merges.Bisect(p)),
			webkit.NewRegion("#merge-runs", webkit.OuterMorph, merges.Runs(p)),
		}, nil
	}
}

// MergeSession puts a session into the merge queue and shows the queue.
func (s *Pages) MergeSession(c *fiber.Ctx) error {
	e, err := s.work.MergeSession(c.UserContext(), webkit.Actor(c), sessionID(c))
	if err != nil {
		return err
	}
	return s.showQueued(c, e)
}

// showQueued shows the queue with an entry that was just put in; the page says its place.
func (s *Pages) showQueued(c *fiber.Ctx, e merge.Entry) error {
	return s.showQueue(c, e.Repository, "queued&entry="+string(e.ID))
}

func (s *Pages) showQueue(c *fiber.Ctx, id repository.ID, done string) error {
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/merge-queue?repository="+string(id)+"&done="+done)
}

// entryVerb is an act on an entry of a merge queue.
type entryVerb func(context.Context, tenant.Actor, merge.ID) (merge.Entry, error)

// MoveEntry returns the handler of a button on an entry.
func (s *Pages) MoveEntry(v entryVerb, done string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		e, err := v(c.UserContext(), webkit.Actor(c), merge.ID(c.Params("id")))
		if err != nil {
			return err
		}
		if done == "queued" {
			return s.showQueued(c, e)
		}
		return s.showQueue(c, e.Repository, done)
	}
}

// HoldEntry holds an entry, with the reason of the form.
func (s *Pages) HoldEntry(c *fiber.Ctx) error {
	return s.MoveEntry(func(ctx context.Context, by tenant.Actor, id merge.ID) (merge.Entry, error) {
		return s.work.HoldMerge(ctx, by, id, c.FormValue("reason"))
	}, "merge-held")(c)
}

// SendEntry sends the session of an entry that was taken out a message that says why, and shows the session.
func (s *Pages) SendEntry(c *fiber.Ctx) error {
	_, e, err := s.work.SendMergeToAgent(c.UserContext(), webkit.Actor(c), merge.ID(c.Params("id")))
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/sessions/"+string(e.Session)+"?done=sent-to-agent")
}

// PlaceEntry moves an entry up, down or first.
func (s *Pages) PlaceEntry(c *fiber.Ctx) error {
	return s.MoveEntry(func(ctx context.Context, by tenant.Actor, id merge.ID) (merge.Entry, error) {
		return s.work.PlaceMerge(ctx, by, id, c.FormValue("to"))
	}, "merge-moved")(c)
}

// HoldQueue holds a whole queue, with the reason of the form.
func (s *Pages) HoldQueue(c *fiber.Ctx) error {
	id := repository.ID(c.Params("id"))
	if c.FormValue("reason") == "" {
		if _, err := s.work.MergeQueue(c.UserContext(), webkit.Actor(c), id); err != nil {
			return err
		}
		return fault.Field("reason", "Enter a reason.")
	}
	if err := s.work.HoldMergeQueue(c.UserContext(), webkit.Actor(c), id, c.FormValue("reason")); err != nil {
		return err
	}
	return s.showQueue(c, id, "queue-held")
}

// ReleaseQueue lets a queue that is held or has stopped continue.
func (s *Pages) ReleaseQueue(c *fiber.Ctx) error {
	id := repository.ID(c.Params("id"))
	if err := s.work.HoldMergeQueue(c.UserContext(), webkit.Actor(c), id, ""); err != nil {
		return err
	}
	return s.showQueue(c, id, "queue-released")
}
