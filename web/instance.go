package web

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	views "github.com/industrial-orchestrator/orchestrator/views/instance"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// instanceRoutes are the console's pages of figures and settings.
func (s *Server) instanceRoutes(p string) {
	s.get(p+"/usage", tenant.AdminOnly, s.showUsage)
	s.handle(fiber.MethodGet, p+"/usage/csv", tenant.AdminOnly, s.downloadUsage)
	s.get(p+"/queue", tenant.AdminOnly, s.showWork)
	s.get(p+"/processes", tenant.AdminOnly, s.showProcesses)
	s.post(p+"/processes/:id/end", tenant.AdminOnly, s.endProcess)
	s.get(p+"/jobs", tenant.AdminOnly, s.showJobs)
	s.get(p+"/prices", tenant.AdminOnly, s.showPrices)
	s.post(p+"/prices", tenant.AdminOnly, s.addPrice)
	s.get(p+"/audit", tenant.AdminOnly, s.showInstanceAudit)
	s.handle(fiber.MethodGet, p+"/audit/csv", tenant.AdminOnly, s.downloadInstanceAudit)
	s.get(p+"/settings", tenant.AdminOnly, s.showSettings)
	s.post(p+"/settings/keep", tenant.AdminOnly, s.setKeep)
	s.get(p+"/health", tenant.AdminOnly, s.showHealth)
}

// drawAdmin draws a page of the console.
func (s *Server) drawAdmin(c *fiber.Ctx, status int, section, title string, page func(shell.Page) templ.Component) error {
	p, err := s.adminFrame(c, section, title)
	if err != nil {
		return err
	}
	return s.draw(c, status, page(p))
}

// showWork is what all teams run and wait for.
func (s *Server) showWork(c *fiber.Ctx) error {
	qs, ps, err := s.app.Console.InstanceQueues(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	w := views.Work{Queues: qs, Pauses: ps}
	return s.drawAdmin(c, fiber.StatusOK, "admin-queue", "Queue", func(p shell.Page) templ.Component { return views.WorkPage(p, w) })
}

// showProcesses is every team's OpenCode.
func (s *Server) showProcesses(c *fiber.Ctx) error {
	rows, err := s.app.Console.InstanceProcesses(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	return s.drawAdmin(c, fiber.StatusOK, "admin-processes", "OpenCode processes", func(p shell.Page) templ.Component {
		return views.ProcessesPage(p, views.Processes{Rows: rows})
	})
}

// endProcess ends a team's OpenCode; its sessions are taken up again by themselves.
func (s *Server) endProcess(c *fiber.Ctx) error {
	if err := s.app.Console.EndProcess(c.UserContext(), adminActor(c), tenant.ID(c.Params("id"))); err != nil {
		return err
	}
	return moveTo(c, "/admin/processes?done=process-ended")
}

// showJobs is how the loops of this server go.
func (s *Server) showJobs(c *fiber.Ctx) error {
	rows, err := s.app.Console.Jobs(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	j := views.Jobs{Rows: rows, Now: s.clock.Now()}
	return s.drawAdmin(c, fiber.StatusOK, "admin-jobs", "Background jobs", func(p shell.Page) templ.Component { return views.JobsPage(p, j) })
}

// showHealth takes every reading of the instance's health now.
func (s *Server) showHealth(c *fiber.Ctx) error {
	checks, err := s.app.Console.InstanceHealth(c.UserContext(), adminActor(c))
	if err != nil {
		return err
	}
	h := views.Health{Checks: append(checks, s.readStreams()), At: s.clock.Now()}
	return s.drawAdmin(c, fiber.StatusOK, "admin-health", "Health", func(p shell.Page) templ.Component { return views.HealthPage(p, h) })
}

// readStreams counts the live streams that are open now.
func (s *Server) readStreams() instance.Check {
	return instance.Check{Name: "Event streams", Light: instance.Good, Reading: instance.Open(s.openStreams())}
}
