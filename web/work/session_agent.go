package work

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// chooseAgent reads who does a new session: the agent that fits best, one of the team, or one of OpenCode's own.
func chooseAgent(c *fiber.Ctx, s *session.Session) {
	switch chosen := c.FormValue("agent_id"); chosen {
	case sessions.RouteChoice:
		need := needFrom(c)
		s.Need = &need
	case "":
		s.Agent = c.FormValue("opencode_agent")
	case sessions.NoAgent:
		s.Agent = cmp.Or(c.FormValue("opencode_agent"), agents[0])
	default:
		s.AgentID = agent.ID(chosen)
	}
}

func needFrom(c *fiber.Ctx) agent.Need {
	n := agent.Need{Technologies: strings.FieldsFunc(c.FormValue("technologies"), func(r rune) bool { return r == ',' || r == '\n' })}
	for _, v := range c.Request().PostArgs().PeekMulti("required_capabilities") {
		n.Capabilities = append(n.Capabilities, agent.Capability(v))
	}
	return n.Clean()
}

// withModel is a session whose missing model is no fault yet, because its agent can have one.
func withModel(s session.Session) session.Session {
	if s.AgentID != "" || s.Need != nil {
		s.Model = cmp.Or(s.Model, "agent/model")
	}
	return s
}

// offerAgents fills the choice of the agent: what the person chose, else the team's default, else routing.
func (s *Pages) offerAgents(c *fiber.Ctx, n *sessions.New) (err error) {
	n.Team, _, err = s.agents.Agents(c.UserContext(), webkit.Actor(c), agent.Filter{Status: agent.Active})
	n.Chosen = sessions.RouteChoice
	for _, a := range n.Team {
		if a.IsDefault {
			n.Chosen = string(a.ID)
		}
	}
	switch {
	case n.Form.AgentID != "":
		n.Chosen = string(n.Form.AgentID)
	case n.Form.Need != nil:
		n.Chosen = sessions.RouteChoice
	case n.Faults != nil || len(n.Team) == 0:
		n.Chosen = sessions.NoAgent
	}
	return err
}

// GiveFeedback stores what the person thinks of the work.
func (s *Pages) GiveFeedback(c *fiber.Ctx) error {
	value, err := strconv.ParseInt(c.FormValue("value"), 10, 64)
	if err != nil {
		return fault.Field("value", "Choose whether the work was good.")
	}
	if err := s.work.GiveFeedback(c.UserContext(), webkit.Actor(c), sessionID(c), value, c.FormValue("note")); err != nil {
		return err
	}
	return s.answerVerb(c)
}
