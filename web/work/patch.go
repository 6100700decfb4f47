package work

import (
	"fmt"
	"math"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// DownloadPatch sends the session's diff as a file for git apply.
func (s *Pages) DownloadPatch(c *fiber.Ctx) error {
	work, err := s.work.Session(c.UserContext(), webkit.Actor(c), sessionID(c))
	if err != nil {
		return err
	}
	p, err := s.work.Patch(c.UserContext(), webkit.Actor(c), work.ID, attemptIn(c))
	if err != nil {
		return err
	}
	if p.TakenAt.IsZero() {
		return fault.New(fault.Conflict, "There is no diff yet. It is created when a turn ends.")
	}
	c.Set(fiber.HeaderContentType, "text/x-diff; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s.patch"`, patchName(work)))
	return c.Send(p.Text)
}

// attemptIn reads the number of an attempt from the query; anything else is 0, which means the last one.
func attemptIn(c *fiber.Ctx) int { return int(min(numberIn(c, "attempt"), math.MaxInt32)) }

// patchName has only letters, digits and hyphens, like the name of a branch.
func patchName(s session.Session) string {
	return strings.ReplaceAll(session.BranchName(s.ID, s.Title), "/", "-")
}
