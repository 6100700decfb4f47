package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// readyWithin is how long a readiness probe waits for the database and the dispatcher.
const readyWithin = 5 * time.Second

// answerLive answers a liveness probe: the process runs.
func (s *Server) answerLive(c *fiber.Ctx) error { return c.SendString("ok\n") }

// answerReady answers a readiness probe: database and dispatcher respond. The reason of a failure is logged, not sent.
func (s *Server) answerReady(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyWithin)
	defer cancel()
	if err := s.app.Console.Ready(ctx); err != nil {
		s.kit.Log.Warn("not ready", "error", err, "request_id", webkit.RequestID(c))
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ok\n")
}
