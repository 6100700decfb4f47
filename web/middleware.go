package web

import (
	"context"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// limitTime cancels a request's context after its time, because Fiber does not report that a client has gone. An error is answered here,
// while the request's data is still there.
func (s *Server) limitTime(c *fiber.Ctx) error {
	within := timeLimitOf(c.Method(), c.Path())
	ctx, cancel := context.WithTimeout(c.UserContext(), within)
	defer cancel()
	if within > answerWithin {
		go s.cancelAtEnd(ctx, cancel)
	}
	c.SetUserContext(ctx)
	if err := c.Next(); err != nil {
		return c.App().ErrorHandler(c, err)
	}
	return nil
}

// cancelAtEnd lets a request that can take long end with the server, which does not wait for it.
func (s *Server) cancelAtEnd(ctx context.Context, cancel context.CancelFunc) {
	select {
	case <-s.app.Kernel.Hub.Done():
		cancel()
	case <-ctx.Done():
	}
}

// logRequest logs, at level debug, each request of a program that changes something or is refused. Pages have links with secrets in their
// paths and are not logged.
func (s *Server) logRequest(c *fiber.Ctx) error {
	if !s.kit.Log.Enabled(c.UserContext(), slog.LevelDebug) || !strings.HasPrefix(c.Path(), webkit.APIPrefix+"/") {
		return c.Next()
	}
	begun := s.kit.Clock.Now()
	err := c.Next()
	if c.Method() == fiber.MethodGet && c.Response().StatusCode() < fiber.StatusBadRequest {
		return err
	}
	s.kit.Log.Debug("request", "method", c.Method(), "path", c.Path(), "status", c.Response().StatusCode(), "took", s.kit.Clock.Now().Sub(begun), "request_id", webkit.RequestID(c))
	return err
}

// logPanic logs where a handler panicked; the error handler answers it like any internal error.
func (s *Server) logPanic(c *fiber.Ctx, p any) {
	s.kit.Log.Error("handler panicked", "panic", p, "request_id", webkit.RequestID(c), "stack", string(debug.Stack()))
}
