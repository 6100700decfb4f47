package kit

import (
	"bufio"
	"context"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"
)

// ExportWithin bounds how long an export may take.
const ExportWithin = 10 * time.Minute

// Download sends CSV as it is written, however long it is; what cuts it short is said at its end.
func (s *Kit) Download(c *fiber.Ctx, name string, write func(context.Context, io.Writer) error) error {
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	ctx, id := context.WithoutCancel(c.UserContext()), RequestID(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, ExportWithin)
		defer cancel()
		if err := write(ctx, w); err != nil {
			s.Log.Error("export", "file", name, "error", err, "request_id", id)
			_, _ = w.WriteString("This export was cut short: take it again.\n")
		}
	})
	return nil
}
