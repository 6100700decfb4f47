package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// adminRows is how many rows a page of the console's lists shows.
const adminRows = 50

// adminActor is who runs the instance, for verbs that act on it from outside of every team.
func adminActor(c *fiber.Ctx) tenant.Actor { return app.AdminActor(c.UserContext(), visitOf(c).user) }

// adminFrame is what stands around a page of the console.
func (s *Server) adminFrame(c *fiber.Ctx, section, title string) (shell.Page, error) {
	p, err := s.frame(c, section, title)
	p.Primary = nil
	return p, err
}

// adminTeams is the console's first page: every team with what it uses of its limits.
func (s *Server) adminTeams(c *fiber.Ctx) error {
	p, err := s.adminFrame(c, "admin", "Tenants")
	if err != nil {
		return err
	}
	f := quota.TeamFilter{State: quota.TeamState(c.Query("state")), Query: c.Query("q"), After: tenant.ID(c.Query("after")), Before: tenant.ID(c.Query("before")), Limit: adminRows}
	list, err := s.app.ConsoleTeams(c.UserContext(), adminActor(c), f)
	if err != nil {
		return err
	}
	t := admin.Teams{Counts: list.Counts, Rows: list.Teams, Filter: f, Version: s.opts.Version, Streams: s.openStreams(), Now: s.clock.Now()}
	if n := len(t.Rows); n > 0 {
		if f.After != "" || f.Before != "" && list.More {
			t.Newer = admin.TeamsQuery(f.State, f.Query, "before", string(t.Rows[0].ID))
		}
		if f.Before != "" || list.More {
			t.Older = admin.TeamsQuery(f.State, f.Query, "after", string(t.Rows[n-1].ID))
		}
	}
	return s.draw(c, fiber.StatusOK, admin.TeamsPage(p, t))
}

// openStreams is how many live streams are open now.
func (s *Server) openStreams() int64 {
	n := s.streams.session.Load() + s.streams.team.Load()
	if s.opts.API != nil {
		n += s.opts.API.Streams()
	}
	return n
}
