package remote

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// repoForgeCmds are the commands about a repository's forge.
type repoForgeCmds struct {
	Show    forgeShowCmd    `cmd:"" help:"Show where a repository has its pull requests, and what the stored token can do."`
	Set     forgeSetCmd     `cmd:"" help:"Set a repository's forge and its token, which is checked first. Requires the lead role."`
	Remove  forgeRemoveCmd  `cmd:"" help:"Remove a repository's forge with its token. Pull requests on the forge are not changed. Requires the lead role."`
	Webhook forgeWebhookCmd `cmd:"" help:"Create the address and secret of a webhook and print them once. An earlier one stops working. Requires the lead role."`
}

type forgeShowCmd struct{ theRepo }

// Run prints the forge.
func (f *forgeShowCmd) Run(s *shell) error {
	c, r, err := f.find(s)
	if err != nil {
		return err
	}
	v, err := c.Forge(s.ctx, r.ID)
	if err != nil {
		return err
	}
	return printOr(s, v, s.printForge)
}

func (s *shell) printForge(f client.Forge) error {
	return s.printFields("Forge", forge.Kind(f.Kind).Name(), "API URL", f.APIURL, "Project", f.Project, "Account", f.Account, "Can push", yesNo(f.CanPush), "Can administer", yesNo(f.CanAdmin),
		"Webhook", yesNo(f.HasWebhook), "Checked", moment(f.CheckedAt))
}

// forgeTokenEnv is the variable with a forge's token.
const forgeTokenEnv = "ORCHESTRATOR_FORGE_TOKEN"

type forgeSetCmd struct {
	theRepo
	Kind      string `help:"github, gitlab or gitea (also Forgejo). The default fits the clone URL." enum:"github,gitlab,gitea," default:"" placeholder:"KIND"`
	APIURL    string `name:"api-url" help:"The API's base URL. The default fits the clone URL." placeholder:"URL"`
	Project   string `help:"Owner and name; on GitLab, the whole path. The default fits the clone URL." placeholder:"OWNER/NAME"`
	TokenFile string `help:"A file with the token; - reads standard input. The default is the variable ORCHESTRATOR_FORGE_TOKEN, else the token that is stored." placeholder:"FILE"`
}

// Run sets the forge. A token is never an argument.
func (f *forgeSetCmd) Run(s *shell) error {
	c, r, err := f.find(s)
	if err != nil {
		return err
	}
	n, err := f.input(r)
	if err != nil {
		return err
	}
	if n.Token, err = s.forgeToken(f.TokenFile); err != nil {
		return err
	}
	v, err := c.SetForge(s.ctx, r.ID, n)
	if err != nil {
		return err
	}
	return printOr(s, v, s.printForge)
}

// input fills what the flags leave out from the clone URL, as the page does.
func (f *forgeSetCmd) input(r client.Repository) (client.NewForge, error) {
	proposed := forge.Propose(r.URL)
	kind := forge.Kind(cmp.Or(f.Kind, string(proposed.Kind)))
	n := client.NewForge{Kind: string(kind), APIURL: cmp.Or(f.APIURL, forge.APIOf(kind, r.URL)), Project: cmp.Or(f.Project, proposed.Project)}
	for _, x := range []struct{ value, flag string }{{n.Kind, "--kind"}, {n.APIURL, "--api-url"}, {n.Project, "--project"}} {
		if x.value == "" {
			return n, exitError{exitUsage, "The clone URL does not show the forge. Enter " + x.flag + "."}
		}
	}
	return n, nil
}

// forgeToken reads a token from a file, from standard input, without echo from a terminal, or from the variable.
func (s *shell) forgeToken(file string) (string, error) {
	if file == "" {
		return strings.TrimSpace(s.Getenv(forgeTokenEnv)), nil
	}
	if file == "-" {
		return s.secretLine("Token of the forge: ")
	}
	token, err := s.secretFrom(file)
	return strings.TrimSpace(token), err
}

type forgeRemoveCmd struct{ theRepo }

// Run removes the forge.
func (f *forgeRemoveCmd) Run(s *shell) error {
	c, r, err := f.find(s)
	if err != nil {
		return err
	}
	if err := c.RemoveForge(s.ctx, r.ID); err != nil || s.json {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s has no forge anymore.\n", safe(r.Name))
	return err
}

type forgeWebhookCmd struct{ theRepo }

// Run prints what to enter on the forge.
func (f *forgeWebhookCmd) Run(s *shell) error {
	c, r, err := f.find(s)
	if err != nil {
		return err
	}
	w, err := c.CreateForgeWebhook(s.ctx, r.ID)
	if err != nil {
		return err
	}
	return printOr(s, w, func(w client.ForgeWebhook) error {
		return s.printFields("URL", c.Address()+w.Path, "Secret", w.Secret, "Content type", "application/json", "Events", "pull requests, pushes, checks (statuses)")
	})
}
