package web

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// serveMetrics answers in the text format of Prometheus to requests with the token. It names no team.
func (s *Server) serveMetrics(c *fiber.Ctx) error {
	sent, _ := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	if s.kit.Opts.MetricsToken == "" || subtle.ConstantTimeCompare([]byte(sent), []byte(s.kit.Opts.MetricsToken)) != 1 {
		return fault.Missing("page")
	}
	return s.writeMetrics(c)
}

// MetricsApp serves only /metrics, for a separate listener. It requires the token if there is one.
func (s *Server) MetricsApp() *fiber.App {
	f := fiber.New(fiber.Config{DisableStartupMessage: true, ErrorHandler: s.kit.AnswerError, ReadTimeout: headerWithin})
	if s.kit.Opts.MetricsToken != "" {
		f.Get("/metrics", s.serveMetrics)
	} else { // on loopback, which another site must not reach through its own name
		f.Get("/metrics", s.checkHost, s.writeMetrics)
	}
	return f
}

// writeMetrics answers with the figures.
func (s *Server) writeMetrics(c *fiber.Ctx) error {
	t, err := s.app.Console.Totals(c.UserContext())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	writeGauge(&b, "orchestrator_sessions", "Sessions in all teams, by status.")
	for _, st := range session.Statuses() {
		fmt.Fprintf(&b, "orchestrator_sessions{status=%q} %d\n", st, t.Sessions[st])
	}
	writeGauge(&b, "orchestrator_streams_open", "Open event streams, by what they show.")
	fmt.Fprintf(&b, "orchestrator_streams_open{of=\"session\"} %d\n", s.kit.Streams.Session.Load())
	fmt.Fprintf(&b, "orchestrator_streams_open{of=\"team\"} %d\n", s.kit.Streams.Team.Load())
	if s.kit.Opts.API != nil {
		fmt.Fprintf(&b, "orchestrator_streams_open{of=\"api\"} %d\n", s.kit.Opts.API.Streams())
	}
	writeGauge(&b, "orchestrator_agent_processes", "Managed agent processes.")
	fmt.Fprintf(&b, "orchestrator_agent_processes %d\n", t.Processes)
	c.Set(fiber.HeaderContentType, "text/plain; version=0.0.4; charset=utf-8")
	return c.Send(b.Bytes())
}

// writeGauge writes the heading of a figure.
func writeGauge(b *bytes.Buffer, name, help string) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}
