package agents

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	views "github.com/industrial-orchestrator/orchestrator/views/agents"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// figureDays is how many days the figures of the page cover.
const figureDays = 30

// ShowAgent shows one agent.
func (s *Pages) ShowAgent(c *fiber.Ctx) error {
	return s.drawAgent(c, fiber.StatusOK, views.Detail{})
}

// drawAgent draws one agent, with the values and faults of a form in d.
func (s *Pages) drawAgent(c *fiber.Ctx, status int, d views.Detail) error {
	p, err := s.kit.NewPage(c, "agents", "Agent")
	if err != nil {
		return err
	}
	if err := s.fillDetail(c, &d); err != nil {
		return err
	}
	p.Title, p.Crumbs = d.Agent.Name, []shell.Crumb{{Label: "Agents", Href: d.Base}}
	if d.CanEdit {
		p.Primary = nil // the page has its own
	}
	return s.kit.DrawPage(c, status, views.Page(p, d))
}

// fillDetail reads an agent, its versions and the results of the last 30 days.
func (s *Pages) fillDetail(c *fiber.Ctx, d *views.Detail) (err error) {
	by, id := webkit.Actor(c), agentID(c)
	d.Base, d.Now, d.CanEdit = basePath(c), s.kit.Clock.Now(), by.Can(tenant.EditAgents)
	if d.Agent, err = s.agents.Agent(c.UserContext(), by, id); err != nil {
		return err
	}
	if d.Versions, err = s.agents.AgentVersions(c.UserContext(), by, id); err != nil {
		return err
	}
	rs, err := s.agents.AgentResults(c.UserContext(), by, id)
	d.Results = since(rs, d.Now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-figureDays))
	return err
}

// since are the results from a time on.
func since(rs []agent.Result, from time.Time) (out []agent.Result) {
	for _, r := range rs {
		if !r.At.Before(from) {
			out = append(out, r)
		}
	}
	return out
}
