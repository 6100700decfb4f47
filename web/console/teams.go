package console

import (
	"github.com/gofiber/fiber/v2"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// adminRows is how many rows a page of the console's lists shows.
const adminRows = 50

// adminActor is the admin as an actor outside every team.
func adminActor(c *fiber.Ctx) tenant.Actor {
	return appkernel.AdminActor(c.UserContext(), webkit.VisitOf(c).User)
}

// adminFrame reads the frame around a page of the console.
func (s *Pages) adminFrame(c *fiber.Ctx, section, title string) (shell.Page, error) {
	p, err := s.kit.NewPage(c, section, title)
	p.Primary = nil
	return p, err
}

// ListTeams shows the first page of the console: open requests, and every team with its use of its limits.
func (s *Pages) ListTeams(c *fiber.Ctx) error {
	return s.drawTeams(c, fiber.StatusOK, admin.Teams{})
}

// drawTeams draws the list, with the faults of an answer to a request.
func (s *Pages) drawTeams(c *fiber.Ctx, status int, t admin.Teams) error {
	p, err := s.adminFrame(c, "admin", "Teams")
	if err != nil {
		return err
	}
	p.Primary = &shell.Action{Label: "New team", Href: "/admin/new-tenant", Icon: "plus", Key: "n"}
	if err := s.fillTeams(c, &t); err != nil {
		return err
	}
	return s.kit.DrawPage(c, status, admin.TeamsPage(p, t))
}

// fillTeams reads what the list shows.
func (s *Pages) fillTeams(c *fiber.Ctx, t *admin.Teams) error {
	f := quota.TeamFilter{State: quota.TeamState(c.Query("state")), Query: c.Query("q"), After: tenant.ID(c.Query("after")), Before: tenant.ID(c.Query("before")), Limit: adminRows}
	list, err := s.console.ConsoleTeams(c.UserContext(), adminActor(c), f)
	if err != nil {
		return err
	}
	t.Counts, t.Rows, t.Filter, t.Version, t.Streams, t.Now = list.Counts, list.Teams, f, s.kit.Opts.Version, s.openStreams(), s.kit.Clock.Now()
	if n := len(t.Rows); n > 0 {
		if f.After != "" || f.Before != "" && list.More {
			t.Newer = admin.TeamsQuery(f.State, f.Query, "before", string(t.Rows[0].ID))
		}
		if f.Before != "" || list.More {
			t.Older = admin.TeamsQuery(f.State, f.Query, "after", string(t.Rows[n-1].ID))
		}
	}
	open, err := s.console.OpenBudgetRequests(c.UserContext())
	if err != nil {
		return err
	}
	for _, o := range open {
		t.Asked = append(t.Asked, admin.Asked{Team: o.Team, Paused: o.Paused, Request: o.Request})
	}
	return nil
}

// openStreams is how many live streams are open now.
func (s *Pages) openStreams() int64 {
	n := s.kit.Streams.Session.Load() + s.kit.Streams.Team.Load()
	if s.kit.Opts.API != nil {
		n += s.kit.Opts.API.Streams()
	}
	return n
}
