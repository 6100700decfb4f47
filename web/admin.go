package web

import (
	"github.com/gofiber/fiber/v2"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// adminRows is how many rows a page of the console's lists shows.
const adminRows = 50

// adminActor is who runs the instance, for verbs that act on it from outside of every team.
func adminActor(c *fiber.Ctx) tenant.Actor {
	return appkernel.AdminActor(c.UserContext(), visitOf(c).user)
}

// adminFrame is what stands around a page of the console.
func (s *Server) adminFrame(c *fiber.Ctx, section, title string) (shell.Page, error) {
	p, err := s.frame(c, section, title)
	p.Primary = nil
	return p, err
}

// adminTeams is the console's first page: what is asked for, and every team with what it uses of its limits.
func (s *Server) adminTeams(c *fiber.Ctx) error {
	return s.drawTeams(c, fiber.StatusOK, admin.Teams{})
}

// drawTeams shows the list with what the last act has to say of a request.
func (s *Server) drawTeams(c *fiber.Ctx, status int, t admin.Teams) error {
	p, err := s.adminFrame(c, "admin", "Tenants")
	if err != nil {
		return err
	}
	p.Primary = &shell.Action{Label: "New tenant", Href: "/admin/new-tenant", Icon: "plus", Key: "n"}
	if err := s.fillTeams(c, &t); err != nil {
		return err
	}
	return s.draw(c, status, admin.TeamsPage(p, t))
}

func (s *Server) fillTeams(c *fiber.Ctx, t *admin.Teams) error {
	f := quota.TeamFilter{State: quota.TeamState(c.Query("state")), Query: c.Query("q"), After: tenant.ID(c.Query("after")), Before: tenant.ID(c.Query("before")), Limit: adminRows}
	list, err := s.app.Console.ConsoleTeams(c.UserContext(), adminActor(c), f)
	if err != nil {
		return err
	}
	t.Counts, t.Rows, t.Filter, t.Version, t.Streams, t.Now = list.Counts, list.Teams, f, s.opts.Version, s.openStreams(), s.clock.Now()
	if n := len(t.Rows); n > 0 {
		if f.After != "" || f.Before != "" && list.More {
			t.Newer = admin.TeamsQuery(f.State, f.Query, "before", string(t.Rows[0].ID))
		}
		if f.Before != "" || list.More {
			t.Older = admin.TeamsQuery(f.State, f.Query, "after", string(t.Rows[n-1].ID))
		}
	}
	open, err := s.app.Console.OpenBudgetRequests(c.UserContext())
	if err != nil {
		return err
	}
	for _, o := range open {
		t.Asked = append(t.Asked, admin.Asked{Team: o.Team, Paused: o.Paused, Request: o.Request})
	}
	return nil
}

// openStreams is how many live streams are open now.
func (s *Server) openStreams() int64 {
	n := s.streams.session.Load() + s.streams.team.Load()
	if s.opts.API != nil {
		n += s.opts.API.Streams()
	}
	return n
}
