package console

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
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
	return s.kit.Draw(c, status, page(p))
}

// ShowWork is what all teams run and wait for.
func (s *Pages) ShowWork(c *fiber.Ctx) error {
	qs, ps, err := s.console.InstanceQueues(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	w := views.Work{Queues: qs, Pauses: ps}
	return s.drawAdmin(c, fiber.StatusOK, "admin-queue", "Queue", func(p shell.Page) templ.Component { return views.WorkPage(p, w) })
}

// ShowProcesses is every team's OpenCode.
func (s *Pages) ShowProcesses(c *fiber.Ctx) error {
	rows, err := s.console.InstanceProcesses(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	return s.drawAdmin(c, fiber.StatusOK, "admin-processes", "OpenCode processes", func(p shell.Page) templ.Component {
		return views.ProcessesPage(p, views.Processes{Rows: rows})
	})
}

// EndProcess ends a team's OpenCode; its sessions are taken up again by themselves.
func (s *Pages) EndProcess(c *fiber.Ctx) error {
	if err := s.console.EndProcess(c.UserContext(), adminActor(c), tenant.ID(c.Params("id"))); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/admin/processes?done=process-ended")
}

// ShowJobs is how the loops of this server go.
func (s *Pages) ShowJobs(c *fiber.Ctx) error {
	rows, err := s.console.Jobs(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	j := views.Jobs{Rows: rows, Now: s.kit.Clock.Now()}
	return s.drawAdmin(c, fiber.StatusOK, "admin-jobs", "Background jobs", func(p shell.Page) templ.Component { return views.JobsPage(p, j) })
}

// ShowHealth takes every reading of the instance's health now.
func (s *Pages) ShowHealth(c *fiber.Ctx) error {
	checks, err := s.console.InstanceHealth(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	h := views.Health{Checks: append(checks, s.readStreams()), At: s.kit.Clock.Now()}
	return s.drawAdmin(c, fiber.StatusOK, "admin-health", "Health", func(p shell.Page) templ.Component { return views.HealthPage(p, h) })
}

// readStreams counts the live streams that are open now.
func (s *Pages) readStreams() instance.Check {
	return instance.Check{Name: "Event streams", Light: instance.Good, Reading: instance.Open(s.openStreams())}
}
