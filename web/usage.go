package web

import (
	"bufio"
	"context"
	"io"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	views "github.com/industrial-orchestrator/orchestrator/views/instance"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// showUsage sums the instance's usage of some days by team, person, model or day.
func (s *Server) showUsage(c *fiber.Ctx) error {
	u := views.Usage{Group: usageGroup(c), Form: s.usageForm(c)}
	r, err := s.usageRange(c.UserContext(), u.Form)
	if err == nil {
		u.Rows, u.All, err = s.app.Console.InstanceUsage(c.UserContext(), adminActor(c), u.Group, r)
	}
	status := fiber.StatusOK
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		status, u.Fault = fiber.StatusUnprocessableEntity, err.Error()
	} else if err != nil {
		return err
	}
	return s.drawAdmin(c, status, "admin-usage", "Usage", func(p shell.Page) templ.Component { return views.UsagePage(p, u) })
}

// downloadUsage sends a range as CSV, a line for each day, team, person and model.
func (s *Server) downloadUsage(c *fiber.Ctx) error {
	r, err := s.usageRange(c.UserContext(), s.usageForm(c))
	if err != nil {
		return err
	}
	write, err := s.app.Console.ExportUsage(c.UserContext(), adminActor(c), r)
	if err != nil {
		return err
	}
	return s.download(c, "usage-"+usage.Date(r.From)+"-"+usage.Date(r.To)+".csv", write)
}

func usageGroup(c *fiber.Ctx) usage.Group {
	for _, g := range usage.Groups() {
		if c.Query("by") == string(g) {
			return g
		}
	}
	return usage.ByTeam
}

// usageForm is the range that was typed; this month where nothing was.
func (s *Server) usageForm(c *fiber.Ctx) views.UsageForm {
	now := s.clock.Now().UTC()
	f := views.UsageForm{From: c.Query("from"), To: c.Query("to"), Team: strings.TrimSpace(c.Query("team"))}
	if f.From == "" {
		f.From = now.Format("2006-01") + "-01"
	}
	if f.To == "" {
		f.To = usage.Date(now)
	}
	return f
}

func (s *Server) usageRange(ctx context.Context, f views.UsageForm) (r usage.Range, err error) {
	if r.From, err = dayIn(time.UTC, f.From, 0); err != nil {
		return r, err
	}
	if r.To, err = dayIn(time.UTC, f.To, 0); err != nil || f.Team == "" {
		return r, err
	}
	t, err := s.app.People.TeamBySlug(ctx, f.Team)
	if fault.Is(err, fault.NotFound) {
		err = fault.Field("team", "No team has the slug %q.", f.Team)
	}
	r.Team = t.ID
	return r, err
}

// download sends CSV as it is written, however long it is; what cuts it short is said at its end.
func (s *Server) download(c *fiber.Ctx, name string, write func(context.Context, io.Writer) error) error {
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	ctx, id := context.WithoutCancel(c.UserContext()), requestID(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, exportWithin)
		defer cancel()
		if err := write(ctx, w); err != nil {
			s.log.Error("export", "file", name, "error", err, "request_id", id)
			_, _ = w.WriteString("This export was cut short: take it again.\n")
		}
	})
	return nil
}
