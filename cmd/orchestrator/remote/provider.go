package remote

import (
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// providerCmds are the commands about model providers.
type providerCmds struct {
	List providerListCmd `cmd:"" help:"List the team's model providers and their models."`
	Add  providerAddCmd  `cmd:"" help:"Add a model provider. Requires the lead role."`
	Test providerTestCmd `cmd:"" help:"Send a small request to a provider's first model. Requires the lead role."`
}

type providerListCmd struct{}

// Run prints a row for each model.
func (*providerListCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	all, err := c.Providers(s.ctx)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Provider{}, all...), func(all []client.Provider) error {
		var rows [][]string
		for _, p := range all {
			for _, m := range p.Models {
				rows = append(rows, []string{p.Name + "/" + m.ID, p.Kind, p.BaseURL, yesNo(p.HasKey)})
			}
		}
		if len(rows) == 0 {
			_, err := fmt.Fprintln(s.Out, "No models. A lead adds a model provider with `orchestrator provider add`.")
			return err
		}
		return s.printTable([]string{"MODEL", "KIND", "URL", "KEY"}, rows)
	})
}

type providerAddCmd struct {
	Name    string   `arg:"" help:"Lower-case letters, digits and hyphens. It cannot be changed."`
	Kind    string   `help:"openai_compatible, openai, anthropic or openrouter." default:"openai_compatible"`
	URL     string   `help:"The base URL. Required for openai_compatible."`
	KeyFile string   `help:"A file with the API key; - reads standard input." placeholder:"FILE"`
	Model   []string `help:"A model as ID:CONTEXT:OUTPUT, such as gpt-5:400000:128000. Can be repeated." required:"" placeholder:"ID:CONTEXT:OUTPUT"`
}

// Run adds a provider. An API key is never an argument.
func (a *providerAddCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	n := client.NewProvider{Name: a.Name, Kind: a.Kind, BaseURL: a.URL}
	for _, text := range a.Model {
		m, err := parseModel(text)
		if err != nil {
			return err
		}
		n.Models = append(n.Models, m)
	}
	key, err := s.secretFrom(a.KeyFile)
	if err != nil {
		return err
	}
	n.APIKey = strings.TrimSpace(key)
	p, err := c.CreateProvider(s.ctx, n)
	if err != nil {
		return err
	}
	return printOr(s, p, func(p client.Provider) error {
		_, err := fmt.Fprintf(s.Out, "Added %s. Test it with: orchestrator provider test %s\n", p.Name, p.Name)
		return err
	})
}

// parseModel reads ID:CONTEXT:OUTPUT. An ID can have colons.
func parseModel(text string) (m client.Model, err error) {
	parts := strings.Split(text, ":")
	n := len(parts)
	if n < 3 {
		return m, exitError{exitUsage, fmt.Sprintf("%q is not a model. Enter its ID, context size and maximum output, such as gpt-5:400000:128000.", text)}
	}
	m.ID = strings.Join(parts[:n-2], ":")
	if _, err := fmt.Sscanf(parts[n-2]+" "+parts[n-1], "%d %d", &m.Context, &m.Output); err != nil {
		return m, exitError{exitUsage, fmt.Sprintf("%q has no context size and maximum output, such as in gpt-5:400000:128000.", text)}
	}
	return m, nil
}

type providerTestCmd struct {
	Provider string `arg:"" help:"The provider's name or ID."`
}

// Run tests a provider. The exit code is 1 if it does not answer.
func (t *providerTestCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	all, err := c.Providers(s.ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Name == t.Provider || p.ID == t.Provider {
			return s.testProvider(c, p)
		}
	}
	return fmt.Errorf("the team has no model provider %q", t.Provider)
}

func (s *shell) testProvider(c *client.Client, p client.Provider) error {
	result, err := c.TestProvider(s.ctx, p.ID)
	if err != nil {
		return err
	}
	err = printOr(s, result, func(r client.ProviderTest) error {
		_, err := fmt.Fprintf(s.Out, "%s (%d ms)\n", safe(r.Message), r.LatencyMS)
		return err
	})
	if err == nil && !result.OK {
		err = exitError{code: exitFailed}
	}
	return err
}
