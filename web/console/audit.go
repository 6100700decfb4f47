package console

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	views "github.com/industrial-orchestrator/orchestrator/views/audit"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// auditRows is how many entries a page of the log shows.
const auditRows = 50

// logReader reads a page of a team's log or of the instance's.
type logReader func(context.Context, audit.Filter) (audit.Page, error)

// ShowAudit shows a page of the team's audit log.
func (s *Pages) ShowAudit(c *fiber.Ctx) error {
	p, err := s.kit.NewPage(c, "audit", "Audit log")
	if err != nil {
		return err
	}
	p.Primary = nil
	l, by := views.Log{Base: p.Team.Path("audit"), Form: auditForm(c)}, webkit.Actor(c)
	if l.Verbs, l.People, err = s.console.AuditChoices(c.UserContext(), by); err != nil {
		return err
	}
	return s.drawAudit(c, p, l, func(ctx context.Context, f audit.Filter) (audit.Page, error) {
		return s.console.AuditLog(ctx, by, f)
	})
}

// ShowInstanceAudit shows a page of the instance's audit log, which has the entries without a team.
func (s *Pages) ShowInstanceAudit(c *fiber.Ctx) error {
	p, err := s.adminFrame(c, "admin-audit", "Instance audit log")
	if err != nil {
		return err
	}
	l, by := views.Log{Base: "/admin/audit", Form: auditForm(c)}, adminActor(c)
	if l.Verbs, l.People, err = s.console.InstanceAuditChoices(c.UserContext(), by); err != nil {
		return err
	}
	return s.drawAudit(c, p, l, func(ctx context.Context, f audit.Filter) (audit.Page, error) {
		return s.console.InstanceAudit(ctx, by, f)
	})
}

// drawAudit draws a page of a log, or the reason why the filter is invalid.
func (s *Pages) drawAudit(c *fiber.Ctx, p shell.Page, l views.Log, read logReader) error {
	status := fiber.StatusOK
	if err := fillAudit(c, &l, read); fault.Is(err, fault.Invalid) {
		status, l.Fault = fiber.StatusUnprocessableEntity, err.Error()
	} else if err != nil {
		return err
	}
	return s.kit.DrawPage(c, status, views.Page(p, l))
}

// fillAudit reads a page of a log and the links to the pages around it.
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

// auditPage reads a page. Paging back to the newest entries returns the full first page.
func auditPage(ctx context.Context, read logReader, f *audit.Filter) (audit.Page, error) {
	p, err := read(ctx, *f)
	if err == nil && f.After != "" && !p.More {
		f.After = ""
		p, err = read(ctx, *f)
	}
	return p, err
}

// auditForm reads the filter that a person entered.
func auditForm(c *fiber.Ctx) views.Form {
	q := func(name string) string { return strings.TrimSpace(c.Query(name)) }
	return views.Form{Person: q("person"), Verb: q("verb"), Object: q("object"), Result: q("result"), From: q("from"), To: q("to")}
}

// auditFilter reads the days of a form in the person's time zone. The last day is included.
func auditFilter(c *fiber.Ctx, form views.Form) (f audit.Filter, err error) {
	f = audit.Filter{By: tenant.UserID(form.Person), Verb: form.Verb, Object: form.Object, Result: audit.Result(form.Result),
		Before: c.Query("before"), After: c.Query("after"), Limit: auditRows}
	zone := webkit.VisitOf(c).TimeZone()
	if f.Since, err = startOfDay(zone, form.From, 0); err != nil {
		return f, err
	}
	f.Until, err = startOfDay(zone, form.To, 1)
	return f, err
}

// DownloadAudit sends the filtered entries as CSV. The download itself is recorded first.
func (s *Pages) DownloadAudit(c *fiber.Ctx) error {
	f, err := auditFilter(c, auditForm(c))
	if err != nil {
		return err
	}
	write, err := s.console.ExportAudit(c.UserContext(), webkit.Actor(c), f)
	if err != nil {
		return err
	}
	return s.sendCSV(c, "audit-"+webkit.Actor(c).Slug+".csv", write)
}

// DownloadInstanceAudit does the same for the instance's log.
func (s *Pages) DownloadInstanceAudit(c *fiber.Ctx) error {
	f, err := auditFilter(c, auditForm(c))
	if err != nil {
		return err
	}
	write, err := s.console.ExportInstanceAudit(c.UserContext(), adminActor(c), f)
	if err != nil {
		return err
	}
	return s.sendCSV(c, "audit-instance.csv", write)
}
