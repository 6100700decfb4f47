package web

import (
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// downloadPatch answers with the session's diff as a file that git apply takes.
func (s *Server) downloadPatch(c *fiber.Ctx) error {
	work, err := s.app.Work.Session(c.UserContext(), actor(c), sessionID(c))
	if err != nil {
		return err
	}
	p, err := s.app.Work.Patch(c.UserContext(), actor(c), work.ID)
	if err != nil {
		return err
	}
	if p.TakenAt.IsZero() {
		return fault.New(fault.Conflict, "There is no diff yet: it is taken when a turn ends.")
	}
	c.Set(fiber.HeaderContentType, "text/x-diff; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s.patch"`, patchName(work)))
	return c.Send(p.Text)
}

// patchName holds letters, digits and dashes only: a branch's name is made of nothing else.
func patchName(s session.Session) string {
	return strings.ReplaceAll(session.BranchName(s.ID, s.Title), "/", "-")
}
