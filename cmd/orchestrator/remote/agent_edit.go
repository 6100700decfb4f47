package remote

import (
	"fmt"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// agentFlags are the fields that a new agent and a change have in common.
type agentFlags struct {
	Description *string  `help:"What the agent is for, in up to 500 characters." placeholder:"TEXT"`
	Capability  []string `help:"A capability. Can be repeated." placeholder:"NAME"`
	Prefer      []string `help:"A technology that the agent is made for. Can be repeated." placeholder:"NAME"`
	Avoid       []string `help:"A technology whose work routing never gives the agent. Can be repeated." placeholder:"NAME"`
	Model       *string  `help:"The model of sessions that name none." placeholder:"PROVIDER/MODEL"`
	PromptFile  string   `help:"A file with the system prompt; - reads standard input." placeholder:"FILE"`
	Temperature *float64 `help:"0 to 2." placeholder:"N"`
	MaxSteps    *int64   `help:"Model calls of one turn, 1 to 1,000." placeholder:"N"`
	Places      *int64   `help:"Sessions at a time, 1 to 50." placeholder:"N"`
	Permission  []string `help:"A rule, such as 'bash:git push *=ask'; the last one that matches counts. Can be repeated." sep:"none" placeholder:"TOOL:PATTERN=ACTION"`
	Changelog   string   `help:"What this version is about." placeholder:"TEXT"`
}

// rules reads the flags --permission in their order.
func (f *agentFlags) rules() ([]client.Rule, error) {
	rules := []client.Rule{}
	for _, text := range f.Permission {
		r, err := agent.ParseRule(text)
		if err != nil {
			return nil, exitError{exitUsage, err.Error()}
		}
		rules = append(rules, clientRule(r))
	}
	return rules, nil
}

func clientRule(r agent.Rule) client.Rule {
	return client.Rule{Permission: r.Permission, Pattern: r.Pattern, Action: string(r.Action)}
}

// prompt reads the system prompt; nil if no flag names one.
func (f *agentFlags) prompt(s *shell) (*string, error) {
	if f.PromptFile == "" {
		return nil, nil
	}
	text, err := s.secretFrom(f.PromptFile)
	return &text, err
}

type agentCreateCmd struct {
	Name string `arg:"" help:"3 to 100 characters, unique in the team."`
	Type string `required:"" help:"architect, implementer, reviewer, debugger, integrator, orchestrator, analyst or optimizer." placeholder:"TYPE"`
	agentFlags
}

// Run creates an agent. Without --capability it gets those that its type suggests.
func (a *agentCreateCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	rules, err := a.rules()
	if err != nil {
		return err
	}
	prompt, err := a.prompt(s)
	if err != nil {
		return err
	}
	v, err := c.CreateAgent(s.ctx, client.NewAgent{Name: a.Name, AgentType: a.Type, Description: valueOf(a.Description), Capabilities: a.Capability, Preferred: a.Prefer, Avoided: a.Avoid, Model: valueOf(a.Model),
		Prompt: valueOf(prompt), Temperature: a.Temperature, Steps: a.MaxSteps, Places: orZero(a.Places), Permissions: rules, Changelog: a.Changelog})
	if err != nil {
		return err
	}
	return printOr(s, v, s.printSaved("Created"))
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func (s *shell) printSaved(verb string) func(client.Agent) error {
	return func(a client.Agent) error {
		_, err := fmt.Fprintf(s.Out, "%s %s, version %s.\n", verb, safe(a.Name), a.Version)
		return err
	}
}

type agentEditCmd struct {
	theAgent
	Name string `help:"A new name. It makes no version." placeholder:"NAME"`
	Type string `help:"Another type." placeholder:"TYPE"`
	agentFlags
	Clear   []string `help:"A field to empty: description, prefer, avoid, model, prompt, temperature, max-steps or permission. Can be repeated." enum:"description,prefer,avoid,model,prompt,temperature,max-steps,permission" placeholder:"FIELD"`
	Version string   `help:"The number of the new version. The default is the smallest that fits." placeholder:"N.N.N"`
}

// Run changes the fields that the flags name.
func (e *agentEditCmd) Run(s *shell) error {
	change, err := e.change(s)
	if err != nil {
		return err
	}
	c, a, err := e.find(s)
	if err != nil {
		return err
	}
	change.Base = a.Version
	v, err := c.EditAgent(s.ctx, a.ID, change)
	if err != nil {
		return err
	}
	return printOr(s, v, s.printSaved("Saved"))
}

// change is what the flags describe.
func (e *agentEditCmd) change(s *shell) (n client.AgentChange, err error) {
	rules, err := e.rules()
	if err != nil {
		return n, err
	}
	n = client.AgentChange{Name: orNil(e.Name), AgentType: orNil(e.Type), Description: e.Description, Capabilities: listOrNil(e.Capability), Preferred: listOrNil(e.Prefer), Avoided: listOrNil(e.Avoid),
		Model: e.Model, Places: e.Places, Permissions: listOrNil(rules), Temperature: setTo(e.Temperature), Steps: setTo(e.MaxSteps), Changelog: e.Changelog, Version: e.Version}
	if n.Prompt, err = e.prompt(s); err != nil {
		return n, err
	}
	return n, e.empty(&n)
}

// empty empties the fields that --clear names. A field cannot be set and emptied.
func (e *agentEditCmd) empty(n *client.AgentChange) error {
	for _, f := range []struct {
		name  string
		isSet bool
		clear func()
	}{
		{"description", n.Description != nil, func() { n.Description = new(string) }},
		{"prefer", n.Preferred != nil, func() { n.Preferred = &[]string{} }},
		{"avoid", n.Avoided != nil, func() { n.Avoided = &[]string{} }},
		{"model", n.Model != nil, func() { n.Model = new(string) }},
		{"prompt", n.Prompt != nil, func() { n.Prompt = new(string) }},
		{"temperature", n.Temperature != nil, func() { n.Temperature = &client.OrNull[float64]{} }},
		{"max-steps", n.Steps != nil, func() { n.Steps = &client.OrNull[int64]{} }},
		{"permission", n.Permissions != nil, func() { n.Permissions = &[]client.Rule{} }},
	} {
		if !slices.Contains(e.Clear, f.name) {
			continue
		}
		if f.isSet {
			return exitError{exitUsage, "Set " + f.name + " or empty it with --clear, not both."}
		}
		f.clear()
	}
	return nil
}

func orNil(s string) *string {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return &s
}

func listOrNil[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

func setTo[T any](v *T) *client.OrNull[T] {
	if v == nil {
		return nil
	}
	return &client.OrNull[T]{Value: v}
}
