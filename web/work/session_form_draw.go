package work

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// agents are the agents of OpenCode that a session can start. Sub-agents are started by them.
var agents = []string{"build", "plan"}

// ShowSessionForm shows the form of a new session.
func (s *Pages) ShowSessionForm(c *fiber.Ctx) error {
	return s.drawSessionForm(c, fiber.StatusOK, session.Session{Priority: session.Medium}, nil)
}

// drawSessionForm draws the form with its values and faults.
func (s *Pages) drawSessionForm(c *fiber.Ctx, status int, form session.Session, faults map[string]string) error {
	p, err := s.kit.NewPage(c, "new", "New session")
	if err != nil {
		return err
	}
	n := sessions.New{Base: p.Team.Path("sessions"), Form: form, Faults: faults, Agents: agents, ProvidersHref: p.Team.Path("providers")}
	if err := s.offerAgents(c, &n); err != nil {
		return err
	}
	if faults != nil {
		n.Minutes, n.Tokens = c.FormValue("max_minutes"), c.FormValue("max_tokens")
	}
	if n.Repositories, err = s.repos.Repositories(c.UserContext(), webkit.Actor(c)); err != nil {
		return err
	}
	if n.Models, err = s.models.ModelIdentifiers(c.UserContext(), webkit.Actor(c)); err != nil {
		return err
	}
	if n.Limits, err = s.people.Limits(c.UserContext(), webkit.Actor(c)); err != nil {
		return err
	}
	p.Crumbs, p.Primary = []shell.Crumb{{Label: "Sessions", Href: n.Base}}, nil
	return s.kit.DrawPage(c, status, sessions.NewPage(p, n))
}
