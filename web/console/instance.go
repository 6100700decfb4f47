package console

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	views "github.com/industrial-orchestrator/orchestrator/views/instance"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// drawAdmin draws a page of the console.
func (s *Pages) drawAdmin(c *fiber.Ctx, status int, section, title string, page func(shell.Page) templ.Component) error {
	p, err := s.adminFrame(c, section, title)
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, status, page(p))
}

// ShowQueue shows the running, queued and paused sessions of all teams.
func (s *Pages) ShowQueue(c *fiber.Ctx) error {
	qs, ps, err := s.console.InstanceQueues(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	w := views.Work{Queues: qs, Pauses: ps}
	return s.drawAdmin(c, fiber.StatusOK, "admin-queue", "Queue", func(p shell.Page) templ.Component { return views.WorkPage(p, w) })
}

// ShowProcesses shows the OpenCode processes of all sessions.
func (s *Pages) ShowProcesses(c *fiber.Ctx) error {
	rows, err := s.console.InstanceProcesses(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	return s.drawAdmin(c, fiber.StatusOK, "admin-processes", "OpenCode processes", func(p shell.Page) templ.Component {
		return views.ProcessesPage(p, views.Processes{Rows: rows})
	})
}

// EndProcess stops a session's OpenCode. The session continues automatically.
func (s *Pages) EndProcess(c *fiber.Ctx) error {
	if err := s.console.EndProcess(c.UserContext(), adminActor(c), tenant.ID(c.Params("id")), session.ID(c.Params("session"))); err != nil {
		return err
	}
	return webkit.Redirect(c, "/admin/processes?done=process-ended")
}

// ShowJobs shows the background jobs of this server.
func (s *Pages) ShowJobs(c *fiber.Ctx) error {
	rows, err := s.console.Jobs(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	j := views.Jobs{Rows: rows, Now: s.kit.Clock.Now()}
	return s.drawAdmin(c, fiber.StatusOK, "admin-jobs", "Background jobs", func(p shell.Page) templ.Component { return views.JobsPage(p, j) })
}

// ShowHealth runs every health check of the instance and shows the results.
func (s *Pages) ShowHealth(c *fiber.Ctx) error {
	checks, err := s.console.InstanceHealth(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	h := views.Health{Checks: append(checks, s.checkStreams()), At: s.kit.Clock.Now()}
	return s.drawAdmin(c, fiber.StatusOK, "admin-health", "Health", func(p shell.Page) templ.Component { return views.HealthPage(p, h) })
}

// checkStreams counts the open live streams.
func (s *Pages) checkStreams() instance.Check {
	return instance.Check{Name: "Event streams", Light: instance.Good, Reading: instance.Open(s.openStreams())}
}
