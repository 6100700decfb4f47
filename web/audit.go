package web

import (
	"bufio"
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
	views "github.com/industrial-orchestrator/orchestrator/views/audit"
)

// auditRows is how many entries a page of the log shows.
const auditRows = 50

// showAudit shows a page of the team's audit log.
func (s *Server) showAudit(c *fiber.Ctx) error {
	p, err := s.frame(c, "audit", "Audit log")
	if err != nil {
		return err
	}
	p.Primary = nil
	l := views.Log{Base: p.Team.Path("audit"), Form: auditForm(c)}
	if l.Verbs, l.People, err = s.app.AuditChoices(c.UserContext(), actor(c)); err != nil {
		return err
	}
	status := fiber.StatusOK
	if err := s.fillAudit(c, &l); fault.Is(err, fault.Invalid) {
		status, l.Fault = fiber.StatusUnprocessableEntity, err.Error()
	} else if err != nil {
		return err
	}
	return s.draw(c, status, views.Page(p, l))
}

func (s *Server) fillAudit(c *fiber.Ctx, l *views.Log) error {
	f, err := auditFilter(c, l.Form)
	if err != nil {
		return err
	}
	page, err := s.auditPage(c.UserContext(), actor(c), &f)
	l.Rows = page.Items
	if n := len(l.Rows); n > 0 {
		if f.Before != "" || f.After != "" {
			l.Newer = l.Base + l.Form.Query("after", l.Rows[0].ID)
		}
		if f.After != "" || page.More {
			l.Older = l.Base + l.Form.Query("before", l.Rows[n-1].ID)
		}
	}
	return err
}

// auditPage reads a page; who pages back to the newest gets the first page whole.
func (s *Server) auditPage(ctx context.Context, by tenant.Actor, f *audit.Filter) (audit.Page, error) {
	p, err := s.app.AuditLog(ctx, by, *f)
	if err == nil && f.After != "" && !p.More {
		f.After = ""
		p, err = s.app.AuditLog(ctx, by, *f)
	}
	return p, err
}

func auditForm(c *fiber.Ctx) views.Form {
	q := func(name string) string { return strings.TrimSpace(c.Query(name)) }
	return views.Form{Person: q("person"), Verb: q("verb"), Object: q("object"), Result: q("result"), From: q("from"), To: q("to")}
}

// auditFilter reads the days of a form in the zone of who asks; the last day is in it.
func auditFilter(c *fiber.Ctx, form views.Form) (f audit.Filter, err error) {
	f = audit.Filter{By: tenant.UserID(form.Person), Verb: form.Verb, Object: form.Object, Result: audit.Result(form.Result),
		Before: c.Query("before"), After: c.Query("after"), Limit: auditRows}
	zone := visitOf(c).timeZone()
	if f.Since, err = dayIn(zone, form.From, 0); err != nil {
		return f, err
	}
	f.Until, err = dayIn(zone, form.To, 1)
	return f, err
}

// dayIn is when a day begins in a zone, so many days later; no day is no bound.
func dayIn(zone *time.Location, day string, later int) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return t, fault.Field("day", "%q is not a day such as 2026-11-22.", day)
	}
	return t.AddDate(0, 0, later), nil
}

// exportWithin bounds how long an export may take.
const exportWithin = 10 * time.Minute

// downloadAudit sends what the filters choose as CSV, however long it is; taking it out is written down before.
func (s *Server) downloadAudit(c *fiber.Ctx) error {
	f, err := auditFilter(c, auditForm(c))
	if err != nil {
		return err
	}
	write, err := s.app.ExportAudit(c.UserContext(), actor(c), f)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="audit-`+actor(c).Slug+`.csv"`)
	ctx, id := context.WithoutCancel(c.UserContext()), requestID(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(ctx, exportWithin)
		defer cancel()
		if err := write(ctx, w); err != nil {
			s.log.Error("export the audit log", "error", err, "request_id", id)
			_, _ = w.WriteString("This export was cut short: take it again.\n")
		}
	})
	return nil
}
