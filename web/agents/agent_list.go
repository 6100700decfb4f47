package agents

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	views "github.com/industrial-orchestrator/orchestrator/views/agents"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// listRows is how many agents a page of the list shows.
const listRows = 50

// ListAgents shows a page of the team's agents and what routing would choose for the need in the address.
func (s *Pages) ListAgents(c *fiber.Ctx) error {
	p, err := s.kit.NewPage(c, "agents", "Agents")
	if err != nil {
		return err
	}
	l, err := s.readList(c)
	if err != nil {
		return err
	}
	status := fiber.StatusOK
	if l.WhatIf.Faults != nil {
		status = fiber.StatusUnprocessableEntity
	}
	if l.CanEdit {
		p.Primary = &shell.Action{Label: "New agent", Href: l.Base + "/new", Icon: "plus", Key: "n"}
	}
	return s.kit.DrawPage(c, status, views.ListPage(p, l))
}

func (s *Pages) readList(c *fiber.Ctx) (l views.List, err error) {
	by := webkit.Actor(c)
	l = views.List{Base: basePath(c), Filter: filterFrom(c), CanEdit: by.Can(tenant.EditAgents)}
	as, more, err := s.agents.Agents(c.UserContext(), by, l.Filter)
	if err != nil {
		return l, err
	}
	l.More = more
	if l.Rows, err = s.rowsOf(c, as); err != nil {
		return l, err
	}
	if l.Totals, err = s.agents.AgentTotals(c.UserContext(), by); err != nil {
		return l, err
	}
	l.WhatIf, err = s.whatIf(c)
	return l, err
}

func (s *Pages) rowsOf(c *fiber.Ctx, as []agent.Agent) (rows []views.Row, err error) {
	days, err := s.agents.AgentDays(c.UserContext(), webkit.Actor(c), as)
	for _, a := range as {
		rows = append(rows, views.Row{Href: agentPath(c, a.ID), Agent: a, Days: days[a.ID], Now: s.kit.Clock.Now()})
	}
	return rows, err
}

// filterFrom reads the filter of the list from its address.
func filterFrom(c *fiber.Ctx) agent.Filter {
	return agent.Filter{Query: strings.TrimSpace(c.Query("q")), Type: agent.Type(c.Query("agent_type")), Capability: agent.Capability(c.Query("capability")),
		Status: agent.Status(c.Query("status")), After: c.Query("after"), Limit: listRows}
}

// whatIf ranks the agents for the need in the address. A need that cannot be read has faults in place of a ranking.
func (s *Pages) whatIf(c *fiber.Ctx) (w views.WhatIf, err error) {
	w.Need = needFrom(c)
	w.Routing, err = s.agents.RouteAgents(c.UserContext(), webkit.Actor(c), w.Need)
	if faults := webkit.FaultsOf(err); faults != nil {
		w.Faults, err = faults, nil
	}
	return w, err
}

func needFrom(c *fiber.Ctx) agent.Need {
	n := agent.Need{Technologies: splitList(c.Query("technologies")), PreferredType: agent.Type(c.Query("preferred_type"))}
	for _, v := range c.Context().QueryArgs().PeekMulti("need") {
		if len(v) > 0 {
			n.Capabilities = append(n.Capabilities, agent.Capability(v))
		}
	}
	return n.Clean()
}

// splitList reads a list separated by commas.
func splitList(typed string) []string {
	return strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == '\n' })
}
