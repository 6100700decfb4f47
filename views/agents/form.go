package agents

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Form is what a person entered for an agent: a new one, or a new version of one.
type Form struct {
	Name, Type, Description, Model, Prompt string
	Temperature, MaxSteps, Places          string
	Preferred, Avoided                     string
	Capabilities                           []agent.Capability
	Rules                                  []agent.Rule
	// Base is the version that the form began with; Version and Changelog are those of the new one.
	Base, Version, Changelog string
}

// FormOf is the form of an agent's next version.
func FormOf(a agent.Agent) Form {
	s := a.Current.Spec
	return Form{Name: a.Name, Type: string(s.Type), Description: s.Description, Model: s.Model, Prompt: s.Prompt, Temperature: temperatureText(s.Temperature),
		MaxSteps: stepsText(s.MaxSteps), Places: strconv.FormatInt(s.Places, 10), Preferred: strings.Join(s.Preferred, ", "), Avoided: strings.Join(s.Avoided, ", "),
		Capabilities: s.Capabilities, Rules: slices.Clone(s.Permissions), Base: a.Current.Number.String()}
}

func temperatureText(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}

func stepsText(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// Editor is the page with the form.
type Editor struct {
	Action, Back string // where the form is sent, and the page behind it
	// Agent is the agent whose version is edited; nil for a new one.
	Agent  *agent.Agent
	Form   Form
	Faults ui.Faults
	Models []string
	// Spec is the form as a spec; nil if it cannot be read.
	Spec *agent.Spec
	// Conflict says that somebody else saved a version; empty if nobody did.
	Conflict string
	// Focus is the row of rules that a button has just changed; −1 for none.
	Focus int
}

// changes are the fields in which the form differs from the newest version.
func (e Editor) changes() []agent.Change {
	if e.Agent == nil || e.Spec == nil {
		return nil
	}
	return agent.Changes(e.Agent.Current.Spec, *e.Spec)
}

// grown are the rules that let the agent do more than the newest version does.
func (e Editor) grown() []agent.Rule {
	if e.Agent == nil || e.Spec == nil {
		return nil
	}
	return agent.Grown(e.Agent.Current.Spec.Permissions, e.Spec.Permissions)
}

// least is the smallest number that the new version can have.
func (e Editor) least() agent.Number {
	if e.Agent == nil {
		return agent.First
	}
	size := agent.Patch
	if e.Spec != nil {
		size = agent.SizeOf(e.Agent.Current.Spec, *e.Spec)
	}
	return e.Agent.Current.Number.Next(size)
}

// versions are the numbers that the new version can have; the smallest is chosen unless the person chose another.
func (e Editor) versions() []ui.Option {
	os := []ui.Option{{Label: "automatic"}}
	for _, size := range []agent.Size{agent.Patch, agent.Minor, agent.Major} {
		if n := e.Agent.Current.Number.Next(size); !e.least().After(n) {
			os = append(os, ui.Option{Value: n.String(), Label: n.String() + ", " + string(size), Selected: n.String() == e.Form.Version})
		}
	}
	return os
}

func (e Editor) saveLabel() string {
	switch {
	case e.Agent == nil:
		return "Create agent"
	case e.Form.Version != "" && e.Faults["version"] == "":
		return "Save as " + e.Form.Version
	case len(e.changes()) > 0:
		return "Save as " + e.least().String()
	}
	return "Save new version"
}

// ruleFault is the fault of the rules if it is about the row.
func (e Editor) ruleFault(i int) string {
	if f := e.Faults["permissions"]; strings.HasPrefix(f, fmt.Sprintf("Rule %d:", i+1)) {
		return f
	}
	return ""
}

func (e Editor) hasCapability(c agent.Capability) bool {
	return slices.Contains(e.Form.Capabilities, c)
}

func (e Editor) models() []ui.Option {
	os := []ui.Option{{Label: "chosen by each session"}}
	if e.Form.Model != "" && !slices.Contains(e.Models, e.Form.Model) {
		os = append(os, ui.Option{Value: e.Form.Model, Label: e.Form.Model, Selected: true})
	}
	for _, m := range e.Models {
		os = append(os, ui.Option{Value: m, Label: m, Selected: m == e.Form.Model})
	}
	return os
}

func (e Editor) types() []ui.Option {
	var os []ui.Option
	for _, t := range agent.Types() {
		os = append(os, ui.Option{Value: string(t), Label: string(t), Selected: string(t) == e.Form.Type})
	}
	return os
}

// promptHint says how long the prompt is.
func promptHint(prompt string) string {
	if prompt == "" {
		return "Empty leaves the runner's own prompt."
	}
	return ui.Count(len([]rune(prompt))) + " characters, part of every model call."
}

func agentFirst() string { return agent.First.String() }
