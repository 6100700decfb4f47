package kit

import "github.com/industrial-orchestrator/orchestrator/internal/domain/agent"

// Need is what work requires of its agent. Agents and sessions share it.
type Need struct {
	Capabilities  []string `json:"required_capabilities,omitempty" doc:"Capabilities that the work requires. An agent with none of them is excluded; each one counts for the score."`
	PreferredID   string   `json:"preferred_agent_id,omitempty" doc:"Adds 0.2 to the score of this agent."`
	PreferredType string   `json:"preferred_type,omitempty" enum:"architect,implementer,reviewer,debugger,integrator,orchestrator,analyst,optimizer" doc:"Adds 0.3 to the score of agents of the type."`
	Technologies  []string `json:"technologies,omitempty" doc:"Excludes agents that avoid one of them."`
	Model         string   `json:"model_identifier,omitempty" doc:"A model that the session names."`
}

// Noun is the need of the domain.
func (n Need) Noun() agent.Need {
	return agent.Need{Capabilities: MapItems(n.Capabilities, func(c string) agent.Capability { return agent.Capability(c) }), Technologies: n.Technologies,
		PreferredID: agent.ID(n.PreferredID), PreferredType: agent.Type(n.PreferredType), Model: n.Model}
}

// Routing is the choice of an agent with its reasons.
type Routing struct {
	Agent        AgentRef   `json:"agent"`
	Score        float64    `json:"score" doc:"The sum of the parts, at most 1."`
	Parts        Parts      `json:"parts"`
	Alternatives []Ranked   `json:"alternatives" doc:"The next three."`
	Excluded     []Excluded `json:"excluded" doc:"At most 20 agents that cannot do the work, each with the requirement that excluded it."`
	Reason       string     `json:"reason" doc:"One sentence."`
}

// AgentRef is an agent with a version.
type AgentRef struct {
	ID      string `json:"id" format:"uuid"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Parts are the parts of a score.
type Parts struct {
	Tier       float64 `json:"tier"`
	Capability float64 `json:"capability"`
	Load       float64 `json:"load"`
	Available  float64 `json:"available"`
	Preferred  float64 `json:"preferred"`
}

// Ranked is an agent with its score.
type Ranked struct {
	Agent AgentRef `json:"agent"`
	Score float64  `json:"score"`
	Parts Parts    `json:"parts"`
}

// Excluded is an agent that cannot do the work.
type Excluded struct {
	AgentID string `json:"agent_id" format:"uuid"`
	Name    string `json:"name"`
	Reason  string `json:"reason"`
}

// NewRouting is a routing that chose an agent.
func NewRouting(r agent.Routing) Routing {
	best, _ := r.Chosen()
	first := ranked(best)
	return Routing{Agent: first.Agent, Score: first.Score, Parts: first.Parts, Reason: r.Reason,
		Alternatives: MapItems(r.Ranked[min(1, len(r.Ranked)):], ranked), Excluded: MapItems(r.Excluded, func(e agent.Excluded) Excluded { return Excluded{string(e.ID), e.Name, e.Reason} })}
}

func ranked(r agent.Ranked) Ranked {
	return Ranked{AgentRef{string(r.ID), r.Name, r.Version}, r.Score, Parts(r.Parts)}
}
