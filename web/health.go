package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// readyWithin bounds how long a readiness probe may ask database and dispatcher.
const readyWithin = 5 * time.Second

// live says that the process answers.
func (s *Server) live(c *fiber.Ctx) error { return c.SendString("ok\n") }

// ready says whether the database and the dispatcher answer; the reason goes to the log, not to the prober.
func (s *Server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyWithin)
	defer cancel()
	if err := s.app.Console.Ready(ctx); err != nil {
		s.kit.Log.Warn("not ready", "error", err, "request_id", webkit.RequestID(c))
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ok\n")
}
