package console

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	views "github.com/industrial-orchestrator/orchestrator/views/instance"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// ShowUsage sums the instance's usage in a range of days by team, person, model or day.
func (s *Pages) ShowUsage(c *fiber.Ctx) error {
	u := views.Usage{Group: usageGroup(c), Form: s.usageForm(c)}
	r, err := s.usageRange(c.UserContext(), u.Form)
	if err == nil {
		u.Rows, u.All, err = s.console.InstanceUsage(c.UserContext(), adminActor(c), u.Group, r)
	}
	status := fiber.StatusOK
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		status, u.Fault = fiber.StatusUnprocessableEntity, err.Error()
	} else if err != nil {
		return err
	}
	return s.drawAdmin(c, status, "admin-usage", "Usage", func(p shell.Page) templ.Component { return views.UsagePage(p, u) })
}

// DownloadUsage sends a range as CSV, with a line for each day, team, person and model.
func (s *Pages) DownloadUsage(c *fiber.Ctx) error {
	r, err := s.usageRange(c.UserContext(), s.usageForm(c))
	if err != nil {
		return err
	}
	write, err := s.console.ExportUsage(c.UserContext(), adminActor(c), r)
	if err != nil {
		return err
	}
	return s.sendCSV(c, "usage-"+usage.Date(r.From)+"-"+usage.Date(r.To)+".csv", write)
}

// usageGroup reads what usage is summed by.
func usageGroup(c *fiber.Ctx) usage.Group {
	for _, g := range usage.Groups() {
		if c.Query("by") == string(g) {
			return g
		}
	}
	return usage.ByTeam
}

// usageForm reads the range that a person entered; the default is this month.
func (s *Pages) usageForm(c *fiber.Ctx) views.UsageForm {
	now := s.kit.Clock.Now().UTC()
	f := views.UsageForm{From: c.Query("from"), To: c.Query("to"), Team: strings.TrimSpace(c.Query("team"))}
	if f.From == "" {
		f.From = now.Format("2006-01") + "-01"
	}
	if f.To == "" {
		f.To = usage.Date(now)
	}
	return f
}

// usageRange reads the days and the team of a form.
func (s *Pages) usageRange(ctx context.Context, f views.UsageForm) (r usage.Range, err error) {
	if r.From, err = startOfDay(time.UTC, f.From, 0); err != nil {
		return r, err
	}
	if r.To, err = startOfDay(time.UTC, f.To, 0); err != nil || f.Team == "" {
		return r, err
	}
	t, err := s.people.TeamBySlug(ctx, f.Team)
	if fault.Is(err, fault.NotFound) {
		err = fault.Field("team", "No team has the slug %q.", f.Team)
	}
	r.Team = t.ID
	return r, err
}
