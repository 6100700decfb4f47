package remote

import (
	"fmt"
	"os"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// repoCmds are the commands about repositories.
type repoCmds struct {
	List       repoListCmd       `cmd:"" help:"List the team's repositories."`
	Show       repoShowCmd       `cmd:"" help:"Show one repository."`
	Add        repoAddCmd        `cmd:"" help:"Add a repository. Requires the lead role."`
	Forge      repoForgeCmds     `cmd:"" help:"Where a repository has its pull requests: show, set, remove, webhook."`
	MergeQueue repoMergeQueueCmd `cmd:"" help:"Show a repository's merge queue, or hold or release all of it."`
	Hosts      repoHostsCmd      `cmd:"" help:"List the hosts that sessions of a repository can connect to, or change that list."`
}

// findRepo returns the repository with a name or an ID.
func (s *shell) findRepo(c *client.Client, which string) (client.Repository, error) {
	all, err := c.Repositories(s.ctx)
	if err != nil {
		return client.Repository{}, err
	}
	names := make([]string, len(all))
	for i, r := range all {
		if names[i] = r.Name; r.Name == which || r.ID == which {
			return r, nil
		}
	}
	return client.Repository{}, fmt.Errorf("the team has no repository %q. It has: %s", which, orDash(strings.Join(names, ", ")))
}

type repoListCmd struct{}

// Run prints the repositories.
func (*repoListCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	all, err := c.Repositories(s.ctx)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Repository{}, all...), func(all []client.Repository) error {
		if len(all) == 0 {
			_, err := fmt.Fprintln(s.Out, "No repositories. Add one with `orchestrator repo add`.")
			return err
		}
		rows := make([][]string, len(all))
		for i, r := range all {
			rows[i] = []string{r.ID, r.Name, r.Status, r.DefaultBranch, sourceOf(r)}
		}
		return s.printTable([]string{"ID", "NAME", "STATUS", "BRANCH", "SOURCE"}, rows)
	})
}

func sourceOf(r client.Repository) string {
	if r.URL != "" {
		return r.URL
	}
	return r.Path
}

// theRepo is the argument of commands about one repository.
type theRepo struct {
	Repo string `arg:"" name:"repository" help:"The repository's name or ID."`
}

func (t theRepo) find(s *shell) (*client.Client, client.Repository, error) {
	c, err := s.client()
	if err != nil {
		return nil, client.Repository{}, err
	}
	r, err := s.findRepo(c, t.Repo)
	return c, r, err
}

type repoShowCmd struct{ theRepo }

// Run prints one repository.
func (r *repoShowCmd) Run(s *shell) error {
	_, v, err := r.find(s)
	if err != nil {
		return err
	}
	return printOr(s, v, s.printRepo)
}

func (s *shell) printRepo(r client.Repository) error {
	return s.printFields("ID", r.ID, "Name", r.Name, "Source", sourceOf(r), "Status", r.Status, "Progress", r.Progress, "Default branch", r.DefaultBranch,
		"Branches", strings.Join(r.Branches, ", "), "Checks", strings.Join(r.CheckCommands, "; "), "Credential", yesNo(r.HasCredential), "Agent configuration", yesNo(r.AgentConfig))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

type repoAddCmd struct {
	Name           string   `arg:"" help:"1 to 100 letters, digits, dots, dashes or slashes."`
	URL            string   `help:"The clone URL: https://, ssh:// or git@host:path." xor:"source"`
	Path           string   `help:"A path on the server's host instead of a URL, in a directory that the operator allows." xor:"source"`
	Branch         string   `help:"The default branch." default:"main"`
	Check          []string `help:"A command that runs after each turn. Can be repeated." sep:"none"`
	ChecksInShell  bool     `help:"Run each check with sh -c."`
	CredentialFile string   `help:"A file with a token for https or a private key for ssh; - reads standard input." placeholder:"FILE"`
}

// Run adds a repository. A credential is never an argument.
func (a *repoAddCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	credential, err := s.secretFrom(a.CredentialFile)
	if err != nil {
		return err
	}
	r, err := c.CreateRepository(s.ctx, client.NewRepository{Name: a.Name, URL: a.URL, Path: a.Path, DefaultBranch: a.Branch, CheckCommands: a.Check, ChecksInShell: a.ChecksInShell,
		Credential: credential})
	if err != nil {
		return err
	}
	return printOr(s, r, func(r client.Repository) error {
		_, err := fmt.Fprintf(s.Out, "Added %s. It is being cloned: orchestrator repo show %s\n", safe(r.Name), r.ID)
		return err
	})
}

// secretFrom reads a secret from a file or standard input; an empty name is no secret.
func (s *shell) secretFrom(file string) (string, error) {
	switch file {
	case "":
		return "", nil
	case "-":
		return s.textOrStdin("-")
	}
	secret, err := os.ReadFile(file)
	return string(secret), err
}

type repoHostsCmd struct {
	theRepo
	Add    string `help:"Add a host and port, such as registry.npmjs.org:443. Requires the lead role." xor:"change" placeholder:"HOST:PORT"`
	Remove string `help:"Remove a host and port. Requires the lead role." xor:"change" placeholder:"HOST:PORT"`
}

// Run changes the list if the flags say so, and prints it.
func (h *repoHostsCmd) Run(s *shell) error {
	c, r, err := h.find(s)
	if err != nil {
		return err
	}
	if h.Add != "" {
		err = c.AllowHost(s.ctx, r.ID, h.Add)
	} else if h.Remove != "" {
		err = c.DisallowHost(s.ctx, r.ID, h.Remove)
	}
	if err != nil {
		return err
	}
	hosts, err := c.Hosts(s.ctx, r.ID)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Host{}, hosts...), func(hosts []client.Host) error {
		rows := make([][]string, len(hosts))
		for i, host := range hosts {
			rows[i] = []string{host.Host, host.AddedBy, moment(host.AddedAt)}
		}
		return s.printTable([]string{"HOST", "ADDED BY", "ADDED"}, rows)
	})
}
