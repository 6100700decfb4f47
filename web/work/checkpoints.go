package work

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowCheckpoints shows the tab with the checkpoints, and what differs between the two that the address names.
func (s *Pages) ShowCheckpoints(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	ctx, by := c.UserContext(), webkit.Actor(c)
	t := sessions.Checkpoints{Agents: agents}
	if t.All, err = s.work.Checkpoints(ctx, by, d.Session.ID); err != nil {
		return err
	}
	if t.A, t.B = chooseCheckpoints(t.All, numberIn(c, "a"), numberIn(c, "b")); t.A != nil {
		if err := s.fillComparison(ctx, by, d.Session.ID, &t); err != nil {
			return err
		}
	}
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.CheckpointsPage(p, d, t))
}

// chooseCheckpoints finds those with the numbers a and b. Without them, A is the last manual one, else the one before the last, and B the
// newest.
func chooseCheckpoints(all []session.Checkpoint, a, b int64) (one, other *session.Checkpoint) {
	if len(all) == 0 {
		return nil, nil
	}
	find := func(n int64, or int) *session.Checkpoint {
		if i := slices.IndexFunc(all, func(c session.Checkpoint) bool { return c.N == n }); i >= 0 {
			return &all[i]
		}
		return &all[or]
	}
	before := slices.IndexFunc(all[min(1, len(all)-1):], func(c session.Checkpoint) bool { return c.Cause == session.Manual })
	return find(a, min(max(before, 0)+1, len(all)-1)), find(b, 0)
}

// fillComparison reads the files that differ from A to B, and from A to the newest checkpoint.
func (s *Pages) fillComparison(ctx context.Context, by tenant.Actor, id session.ID, t *sessions.Checkpoints) (err error) {
	newest := t.All[0].N
	if t.Files, _, err = s.work.CompareCheckpoints(ctx, by, id, t.A.N, t.B.N); err == nil && t.B.N != newest {
		t.Undo, _, err = s.work.CompareCheckpoints(ctx, by, id, t.A.N, newest)
	} else {
		t.Undo = t.Files
	}
	if fault.Is(err, fault.Conflict) {
		t.Lost, t.Gone = err.Error(), s.goneCheckpoints(ctx, by, id, t.All)
	} else if err != nil {
		return err
	}
	t.Models, err = s.models.ModelIdentifiers(ctx, by)
	return err
}

// goneCheckpoints finds the checkpoints whose files the server no longer has.
func (s *Pages) goneCheckpoints(ctx context.Context, by tenant.Actor, id session.ID, all []session.Checkpoint) map[int64]bool {
	gone := map[int64]bool{}
	for _, k := range all {
		if _, _, err := s.work.CompareCheckpoints(ctx, by, id, k.N, k.N); fault.Is(err, fault.Conflict) {
			gone[k.N] = true
		}
	}
	return gone
}

// ShowCheckpointDiff shows every changed line between two checkpoints.
func (s *Pages) ShowCheckpointDiff(c *fiber.Ctx) error {
	p, d, err := s.tabFrame(c)
	if err != nil {
		return err
	}
	a, b := numberIn(c, "a"), numberIn(c, "b")
	files, _, err := s.work.CompareCheckpoints(c.UserContext(), webkit.Actor(c), d.Session.ID, a, b)
	if err != nil {
		return err
	}
	patch := fmt.Sprintf("%s/checkpoints/patch?a=%d&b=%d", d.Base, a, b)
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.CheckpointDiffPage(p, d, files, patch, a, b))
}

// DownloadCheckpointPatch sends the patch from one checkpoint to another as a file for git apply.
func (s *Pages) DownloadCheckpointPatch(c *fiber.Ctx) error {
	a, b := numberIn(c, "a"), numberIn(c, "b")
	_, p, err := s.work.CompareCheckpoints(c.UserContext(), webkit.Actor(c), sessionID(c), a, b)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/x-diff; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="checkpoint-%d-to-%d.patch"`, a, b))
	return c.Send(p.Text)
}

// AddCheckpoint takes a checkpoint with a note.
func (s *Pages) AddCheckpoint(c *fiber.Ctx) error {
	if _, err := s.work.AddCheckpoint(c.UserContext(), webkit.Actor(c), sessionID(c), c.FormValue("note")); err != nil {
		return err
	}
	return webkit.Redirect(c, s.sessionPath(c)+"/checkpoints?done=checkpoint")
}

// RestoreSession restores the checkpoint of the form, and opens the conversation.
func (s *Pages) RestoreSession(c *fiber.Ctx) error {
	ctx, by, id := c.UserContext(), webkit.Actor(c), sessionID(c)
	n, _ := strconv.ParseInt(c.FormValue("checkpoint"), 10, 64)
	if _, err := s.work.RestoreSession(ctx, by, id, n, c.FormValue("message")); err != nil {
		return err
	}
	return webkit.Redirect(c, s.sessionPath(c)+"?done=restored-files")
}

// ShowForkForm shows the form of a new session that starts at the message in the query.
func (s *Pages) ShowForkForm(c *fiber.Ctx) error {
	ctx, by, id := c.UserContext(), webkit.Actor(c), sessionID(c)
	f := sessions.ForkForm{MessageID: c.Query("message"), Agents: agents}
	var err error
	if f.Start, err = s.work.ForkStart(ctx, by, id, appwork.Fork{MessageID: f.MessageID}); webkit.FaultsOf(err) != nil {
		f.Refused = err.Error()
	} else if err != nil {
		return err
	}
	if f.Models, err = s.models.ModelIdentifiers(ctx, by); err != nil {
		return err
	}
	g, err := s.readSession(ctx, by, id)
	if err != nil {
		return err
	}
	p, d, err := s.detailFrame(c, g)
	if err != nil {
		return err
	}
	part := webkit.PartsOf(webkit.NewRegion("#fork-place", webkit.InnerMorph, sessions.ForkPart(d, f)))
	return s.kit.DrawPageOrPart(c, fiber.StatusOK, sessions.ForkPage(p, d, f), part)
}

// ForkSession creates a session that starts at a checkpoint, and opens it.
func (s *Pages) ForkSession(c *fiber.Ctx) error {
	by := webkit.Actor(c)
	n, _ := strconv.ParseInt(c.FormValue("checkpoint"), 10, 64)
	f, err := s.work.ForkSession(c.UserContext(), by, sessionID(c), appwork.Fork{Checkpoint: n, MessageID: c.FormValue("message_id"), FilesOnly: c.FormValue("files_only") != "",
		Title: c.FormValue("title"), Message: c.FormValue("message"), Model: c.FormValue("model"), Agent: c.FormValue("agent"), Start: c.FormValue("start") != ""})
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+by.Slug+"/sessions/"+string(f.ID))
}

func (s *Pages) sessionPath(c *fiber.Ctx) string {
	return "/t/" + webkit.Actor(c).Slug + "/sessions/" + c.Params("id")
}
