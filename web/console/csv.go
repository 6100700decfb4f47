package console

import (
	"bufio"
	"context"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// exportWithin is how long an export can take.
const exportWithin = 10 * time.Minute

// sendCSV sends CSV while it is written. If an error ends it early, its last line says so.
func (s *Pages) sendCSV(c *fiber.Ctx, name string, write func(context.Context, io.Writer) error) error {
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	ctx, id := context.WithoutCancel(c.UserContext()), webkit.RequestID(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, exportWithin)
		defer cancel()
		if err := write(ctx, w); err != nil {
			s.kit.Log.Error("export", "file", name, "error", err, "request_id", id)
			_, _ = w.WriteString("This export is incomplete. Download it again.\n")
		}
	})
	return nil
}
