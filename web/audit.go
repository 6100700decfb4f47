package web

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	views "github.com/industrial-orchestrator/orchestrator/views/audit"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// auditRows is how many entries a page of the log shows.
const auditRows = 50

// logReader reads pages of the log that a request is about.
type logReader func(context.Context, audit.Filter) (audit.Page, error)

// showAudit shows a page of the team's audit log.
func (s *Server) showAudit(c *fiber.Ctx) error {
	p, err := s.frame(c, "audit", "Audit log")
	if err != nil {
		return err
	}
	p.Primary = nil
	l, by := views.Log{Base: p.Team.Path("audit"), Form: auditForm(c)}, actor(c)
	if l.Verbs, l.People, err = s.app.Console.AuditChoices(c.UserContext(), by); err != nil {
		return err
	}
	return s.drawAudit(c, p, l, func(ctx context.Context, f audit.Filter) (audit.Page, error) {
		return s.app.Console.AuditLog(ctx, by, f)
	})
}

// showInstanceAudit shows a page of the instance's audit log: what has no team.
func (s *Server) showInstanceAudit(c *fiber.Ctx) error {
	p, err := s.adminFrame(c, "admin-audit", "Instance audit log")
	if err != nil {
		return err
	}
	l, by := views.Log{Base: "/admin/audit", Form: auditForm(c)}, adminActor(c)
	if l.Verbs, l.People, err = s.app.Console.InstanceAuditChoices(c.UserContext(), by); err != nil {
		return err
	}
	return s.drawAudit(c, p, l, func(ctx context.Context, f audit.Filter) (audit.Page, error) {
		return s.app.Console.InstanceAudit(ctx, by, f)
	})
}

func (s *Server) drawAudit(c *fiber.Ctx, p shell.Page, l views.Log, read logReader) error {
	status := fiber.StatusOK
	if err := fillAudit(c, &l, read); fault.Is(err, fault.Invalid) {
		status, l.Fault = fiber.StatusUnprocessableEntity, err.Error()
	} else if err != nil {
		return err
	}
	return s.draw(c, status, views.Page(p, l))
}

func fillAudit(c *fiber.Ctx, l *views.Log, read logReader) error {
	f, err := auditFilter(c, l.Form)
	if err != nil {
		return err
	}
	page, err := auditPage(c.UserContext(), read, &f)
	if err != nil {
		return err
	}
	l.Rows = page.Items
	if n := len(l.Rows); n > 0 {
		if f.Before != "" || f.After != "" {
			l.Newer = l.Base + l.Form.Query("after", l.Rows[0].ID)
		}
		if f.After != "" || page.More {
			l.Older = l.Base + l.Form.Query("before", l.Rows[n-1].ID)
		}
	}
	return nil
}

// auditPage reads a page; who pages back to the newest gets the first page whole.
func auditPage(ctx context.Context, read logReader, f *audit.Filter) (audit.Page, error) {
	p, err := read(ctx, *f)
	if err == nil && f.After != "" && !p.More {
		f.After = ""
		p, err = read(ctx, *f)
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
	write, err := s.app.Console.ExportAudit(c.UserContext(), actor(c), f)
	if err != nil {
		return err
	}
	return s.download(c, "audit-"+actor(c).Slug+".csv", write)
}

// downloadInstanceAudit is downloadAudit of the instance's log.
func (s *Server) downloadInstanceAudit(c *fiber.Ctx) error {
	f, err := auditFilter(c, auditForm(c))
	if err != nil {
		return err
	}
	write, err := s.app.Console.ExportInstanceAudit(c.UserContext(), adminActor(c), f)
	if err != nil {
		return err
	}
	return s.download(c, "audit-instance.csv", write)
}
