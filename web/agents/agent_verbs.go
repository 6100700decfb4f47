package agents

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	views "github.com/industrial-orchestrator/orchestrator/views/agents"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// inputTime is how browsers send a date with a time of day.
const inputTime = "2006-01-02T15:04"

// Verb is a change of an agent that needs no input.
type Verb func(context.Context, tenant.Actor, agent.ID) (agent.Agent, error)

// ChangeAgent is the handler of a button without input; done is the word of its toast.
func (s *Pages) ChangeAgent(verb Verb, done string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if _, err := verb(c.UserContext(), webkit.Actor(c), agentID(c)); err != nil {
			return err
		}
		return webkit.Redirect(c, agentPath(c, agentID(c))+"?done="+done)
	}
}

// MaintainAgent takes an agent out of service until a time in the person's zone.
func (s *Pages) MaintainAgent(c *fiber.Ctx) error {
	reason, typed := c.FormValue("reason"), c.FormValue("until")
	until, _ := time.ParseInLocation(inputTime, typed, webkit.VisitOf(c).TimeZone()) // the zero time is no end, which the verb reports
	_, err := s.agents.MaintainAgent(c.UserContext(), webkit.Actor(c), agentID(c), reason, until)
	if err == nil {
		return webkit.Redirect(c, agentPath(c, agentID(c))+"?done=agent-away")
	}
	return s.refuse(c, err, views.Detail{Reason: reason, Until: typed})
}

// SetTier sets the tier of an agent, or lets it follow the figures.
func (s *Pages) SetTier(c *fiber.Ctx) error {
	_, err := s.agents.SetAgentTier(c.UserContext(), webkit.Actor(c), agentID(c), agent.Tier(c.FormValue("tier")))
	if err == nil {
		return webkit.Redirect(c, agentPath(c, agentID(c))+"?done=agent-tier")
	}
	return s.refuse(c, err, views.Detail{})
}

// refuse shows an agent again with the faults of a form.
func (s *Pages) refuse(c *fiber.Ctx, err error, d views.Detail) error {
	if d.Faults = webkit.FaultsOf(err); d.Faults == nil {
		return err
	}
	return s.drawAgent(c, fiber.StatusUnprocessableEntity, d)
}

// DeleteAgent deletes an agent.
func (s *Pages) DeleteAgent(c *fiber.Ctx) error {
	if err := s.agents.DeleteAgent(c.UserContext(), webkit.Actor(c), agentID(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, basePath(c)+"?done=agent-deleted")
}
