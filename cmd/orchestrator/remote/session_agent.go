package remote

import (
	"errors"
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// choose fills in the agent and, where neither the flags nor the agent name one, the model.
func (r *sessionRunCmd) choose(s *shell, c *client.Client, n *client.NewSession) error {
	switch {
	case r.Route:
		return r.route(s, c, n)
	case r.Agent != "":
		a, err := s.findAgent(c, r.Agent)
		if errors.Is(err, errNoAgent) {
			return fmt.Errorf("%w. For one of OpenCode's own agents, use --opencode-agent", err)
		}
		if err != nil {
			return err
		}
		if n.AgentID = a.ID; a.Model != nil {
			return nil
		}
	}
	if n.ModelIdentifier != "" {
		return nil
	}
	all, err := s.models(c)
	if err != nil {
		return err
	}
	if len(all) > 1 && r.Agent == "" && r.OpenCode == "" && s.defaultHasModel(c) {
		return nil
	}
	n.ModelIdentifier, err = onlyOf(all)
	return err
}

// route asks for a choice. If the team has several models, the agent's counts.
func (r *sessionRunCmd) route(s *shell, c *client.Client, n *client.NewSession) error {
	need, err := r.need(s, c, "")
	if err != nil {
		return err
	}
	n.Route = &need
	if n.ModelIdentifier != "" {
		return nil
	}
	all, err := s.models(c)
	if len(all) == 1 {
		n.ModelIdentifier = all[0]
	}
	return err
}

// defaultHasModel reports whether the team has a default agent with a model.
func (s *shell) defaultHasModel(c *client.Client) bool {
	all, err := s.agentsOf(c, client.AgentFilter{}, maxAgents)
	for _, a := range all {
		if err == nil && a.IsDefault {
			return a.Model != nil
		}
	}
	return false
}

// models lists the models of the team as provider/model.
func (s *shell) models(c *client.Client) (all []string, err error) {
	ps, err := c.Providers(s.ctx)
	for _, p := range ps {
		for _, m := range p.Models {
			all = append(all, p.Name+"/"+m.ID)
		}
	}
	return all, err
}

// onlyOf is the model of a team that has one.
func onlyOf(all []string) (string, error) {
	switch len(all) {
	case 0:
		return "", errors.New("the team has no models. A lead adds a model provider with `orchestrator provider add`")
	case 1:
		return all[0], nil
	}
	return "", exitError{exitUsage, "Choose a model with --model: " + safe(strings.Join(all, ", ")) + "."}
}
