package console

import (
	"bufio"
	"context"

	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// DownloadTeam sends all data of the team as a ZIP file. The export itself is recorded first. A file that is cut short cannot be opened.
func (s *Pages) DownloadTeam(c *fiber.Ctx) error {
	write, err := s.console.ExportTeam(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/zip")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="team-`+webkit.Actor(c).Slug+`.zip"`)
	ctx, id := context.WithoutCancel(c.UserContext()), webkit.RequestID(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, exportWithin)
		defer cancel()
		if err := write(ctx, w); err != nil {
			s.kit.Log.Error("export a team", "error", err, "request_id", id)
		}
	})
	return nil
}
