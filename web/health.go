package web

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// readyWithin is how long a readiness probe waits for the database and the dispatcher.
const readyWithin = 5 * time.Second

// answerLive answers a liveness probe: the process runs.
func (s *Server) answerLive(c *fiber.Ctx) error { return c.SendString("ok\n") }

// answerReady answers a readiness probe: the server can write and dispatch. A failure is sent as one sentence, which names no path; its
// cause is logged.
func (s *Server) answerReady(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyWithin)
	defer cancel()
	if err := s.app.Console.Ready(ctx); err != nil {
		s.kit.Log.Warn("not ready", "error", err, "request_id", webkit.RequestID(c))
		return c.Status(fiber.StatusServiceUnavailable).SendString("not ready: " + readyReason(err) + "\n")
	}
	return c.SendString("ok\n")
}

func readyReason(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return "The server is not responding."
}
