package agent

import (
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Need is what a piece of work requires of its agent, and what it would like.
type Need struct {
	Capabilities  []Capability `json:"required_capabilities"`
	Technologies  []string     `json:"technologies"`
	PreferredID   ID           `json:"preferred_agent_id"`
	PreferredType Type         `json:"preferred_type"`
	Model         string       `json:"model_identifier"` // a model that the session names; it wins over the agent's
}

// Clean makes a need comparable with agents.
func (n Need) Clean() Need {
	n.Technologies, n.Model = cleanTechnologies(n.Technologies), strings.TrimSpace(n.Model)
	return n
}

// Check reports what is wrong with a need, by field.
func (n Need) Check() error {
	var f fault.Fields
	if len(n.Capabilities) > 0 {
		checkCapabilities(&f, "required_capabilities", n.Capabilities)
	}
	if n.PreferredType != "" && !slices.Contains(Types(), n.PreferredType) {
		f.Add("preferred_type", "%q is not a type of agent. Use architect, implementer, reviewer, debugger, integrator, orchestrator, analyst or optimizer.", text.Cut(string(n.PreferredType), 60))
	}
	checkTechnologies(&f, "technologies", n.Technologies)
	return f.Err()
}
