package web

import (
	"bufio"
	"context"

	"github.com/gofiber/fiber/v2"
)

// downloadTeam sends all data of the team as a ZIP, however much it is; taking it out is written down before. One that is cut
// short does not open.
func (s *Server) downloadTeam(c *fiber.Ctx) error {
	write, err := s.app.Console.ExportTeam(c.UserContext(), actor(c))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/zip")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="team-`+actor(c).Slug+`.zip"`)
	ctx, id := context.WithoutCancel(c.UserContext()), requestID(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, exportWithin)
		defer cancel()
		if err := write(ctx, w); err != nil {
			s.log.Error("export a team", "error", err, "request_id", id)
		}
	})
	return nil
}
