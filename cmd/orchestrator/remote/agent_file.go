package remote

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

type agentExportCmd struct {
	theAgent
	Output string `short:"o" help:"The file to write instead of standard output." placeholder:"FILE"`
}

// Run prints the file, and on the error stream what OpenCode does not read of it.
func (x *agentExportCmd) Run(s *shell) error {
	_, a, err := x.find(s)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(a)
	}
	file, notHeld := agent.Markdown(a.Name, specOf(a))
	for _, sentence := range notHeld {
		fmt.Fprintln(s.Err, sentence)
	}
	if x.Output != "" {
		return os.WriteFile(x.Output, []byte(file), 0o644)
	}
	_, err = fmt.Fprint(s.Out, file)
	return err
}

// specOf is the newest version of an agent.
func specOf(a client.Agent) agent.Spec {
	s := agent.Spec{Type: agent.Type(a.AgentType), Description: a.Description, Preferred: a.Preferred, Avoided: a.Avoided, Runner: agent.Runner(a.Runner), Model: valueOf(a.Model), Prompt: a.Prompt,
		Temperature: a.Temperature, MaxSteps: a.Steps, Places: a.Places}
	for _, c := range a.Capabilities {
		s.Capabilities = append(s.Capabilities, agent.Capability(c))
	}
	for _, r := range a.Permissions {
		s.Permissions = append(s.Permissions, agent.Rule{Permission: r.Permission, Pattern: r.Pattern, Action: agent.Action(r.Action)})
	}
	return s
}

type agentImportCmd struct {
	File string `arg:"" help:"The file; - reads standard input."`
	Name string `help:"The agent's name. The default is that of the file." placeholder:"NAME"`
	Type string `help:"The type. Required unless the file names it." placeholder:"TYPE"`
}

// Run creates the agent of a file, and lists on the error stream what was not read.
func (i *agentImportCmd) Run(s *shell) error {
	text, err := s.secretFrom(i.File)
	if err != nil {
		return err
	}
	m, err := agent.ParseMarkdown(text)
	if err != nil {
		return err
	}
	n, err := i.input(m)
	if err != nil {
		return err
	}
	for _, what := range m.NotRead {
		fmt.Fprintf(s.Err, "Not read: %s\n", safe(what))
	}
	c, err := s.client()
	if err != nil {
		return err
	}
	v, err := c.CreateAgent(s.ctx, n)
	if err != nil {
		return err
	}
	return printOr(s, v, s.printSaved("Created"))
}

// input is the agent of the file, once it is checked.
func (i *agentImportCmd) input(m agent.Imported) (n client.NewAgent, err error) {
	m.Spec.Type = agent.Type(cmp.Or(i.Type, string(m.Spec.Type)))
	name := cmp.Or(i.Name, m.Name)
	if name == "" && i.File != "-" {
		name = strings.TrimSuffix(filepath.Base(i.File), filepath.Ext(i.File))
	}
	switch {
	case m.Spec.Type == "":
		return n, exitError{exitUsage, "The file names no type of agent. Enter --type."}
	case name == "":
		return n, exitError{exitUsage, "The file names no agent. Enter --name."}
	}
	spec := m.Spec.Clean()
	if err := spec.Check(); err != nil {
		return n, err
	}
	n = client.NewAgent{Name: name, AgentType: string(spec.Type), Description: spec.Description, Preferred: spec.Preferred, Avoided: spec.Avoided, Model: spec.Model, Prompt: spec.Prompt,
		Temperature: spec.Temperature, Steps: spec.MaxSteps, Places: spec.Places, Changelog: "Imported from " + filepath.Base(i.File) + "."}
	for _, c := range spec.Capabilities {
		n.Capabilities = append(n.Capabilities, string(c))
	}
	for _, r := range spec.Permissions {
		n.Permissions = append(n.Permissions, clientRule(r))
	}
	return n, nil
}
