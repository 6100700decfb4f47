package remote

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
)

type sessionTakeCmd struct {
	theSession
	PullRequest bool `help:"Push the work and open a pull request on the repository's forge. Prints its URL." xor:"way"`
	Merge       bool `help:"Put the work into the repository's merge queue." xor:"way"`
	Push        bool `help:"Push the work to a branch of the repository." xor:"way"`
	Fetch       bool `help:"Run git fetch in the current directory's repository." xor:"way"`
	Patch       bool `help:"Print the patch for git apply." xor:"way"`

	Branch  string `help:"The branch to push to. The default is the session's. For --push and --pull-request." placeholder:"NAME"`
	Title   string `help:"The pull request's title. The default is the session's."`
	Body    string `help:"The pull request's description; - reads it from standard input. The default is the agent's last message and the changed files." placeholder:"TEXT"`
	Base    string `help:"The pull request's target branch. The default is the branch that the session started from." placeholder:"BRANCH"`
	Draft   *bool  `help:"Open the pull request as a draft, or not. The default is a draft if a check failed." negatable:""`
	Wait    bool   `help:"Wait until the queue has merged the work. The exit code is 3 if it leaves the queue unmerged. For --merge."`
	Output  string `short:"o" help:"The file for the patch instead of standard output." placeholder:"FILE"`
	Attempt int64  `help:"The attempt whose patch is printed. The default is the last one." placeholder:"N"`
	Print   bool   `help:"Print the git fetch command instead of running it. git asks for a password then: the API token."`
}

// Help says what the ways require.
func (sessionTakeCmd) Help() string {
	return "Choose one way. --pull-request, --merge and --push require a session that has ended, and change its repository; --fetch and --patch change nothing there.\n\n" +
		"--fetch stores the branch as a remote-tracking branch with the session's branch name, so that git log, git merge and git switch -c know it by that name."
}

// Run takes the work in the chosen way.
func (t *sessionTakeCmd) Run(s *shell) error {
	if err := t.checkFlags(); err != nil {
		return err
	}
	c, v, err := t.find(s)
	if err != nil {
		return err
	}
	switch {
	case t.PullRequest:
		return t.openPull(s, c, v.ID)
	case t.Merge:
		return t.merge(s, c, v.ID)
	case t.Push:
		return t.push(s, c, v.ID)
	case t.Fetch:
		return t.fetch(s, c, v)
	}
	return t.patch(s, c, v.ID)
}

// checkFlags refuses a command without a way, and flags of another way, which would have no effect.
func (t *sessionTakeCmd) checkFlags() error {
	if !t.PullRequest && !t.Merge && !t.Push && !t.Fetch && !t.Patch {
		return exitError{exitUsage, "Choose how to take the work: --pull-request, --merge, --push, --fetch or --patch."}
	}
	for _, f := range []struct {
		name        string
		isSet, fits bool
		way         string
	}{
		{"--branch", t.Branch != "", t.Push || t.PullRequest, "--push and --pull-request"},
		{"--title", t.Title != "", t.PullRequest, "--pull-request"},
		{"--body", t.Body != "", t.PullRequest, "--pull-request"},
		{"--base", t.Base != "", t.PullRequest, "--pull-request"},
		{"--draft", t.Draft != nil, t.PullRequest, "--pull-request"},
		{"--wait", t.Wait, t.Merge, "--merge"},
		{"--output", t.Output != "", t.Patch, "--patch"},
		{"--attempt", t.Attempt != 0, t.Patch, "--patch"},
		{"--print", t.Print, t.Fetch, "--fetch"},
	} {
		if f.isSet && !f.fits {
			return exitError{exitUsage, f.name + " has an effect only with " + f.way + "."}
		}
	}
	return nil
}

// openPull prints the URL of the pull request, and nothing else, to standard output.
func (t *sessionTakeCmd) openPull(s *shell, c *client.Client, id string) error {
	body, err := s.textOrStdin(t.Body)
	if err != nil {
		return err
	}
	p, err := c.OpenPullRequest(s.ctx, id, client.NewPullRequest{Branch: t.Branch, Title: t.Title, Body: body, Base: t.Base, Draft: t.Draft})
	if err != nil {
		return err
	}
	return printOr(s, p, func(p client.PullRequest) error {
		fmt.Fprintf(s.Err, "Pull request #%d into %s is %s: %s\n", p.Number, safe(p.Base), pullState(p), safe(p.Title))
		_, err := fmt.Fprintln(s.Out, safe(p.URL))
		return err
	})
}

func (t *sessionTakeCmd) merge(s *shell, c *client.Client, id string) error {
	e, err := c.MergeSession(s.ctx, id)
	if err == nil && t.Wait {
		e, err = s.untilMerged(c, e)
	}
	if err != nil {
		return err
	}
	if err := printOr(s, e, s.printEntry); err != nil || !t.Wait || e.Status == string(merge.Merged) {
		return err
	}
	return exitError{exitNotDone, safe(noteOf(e))}
}

func (t *sessionTakeCmd) push(s *shell, c *client.Client, id string) error {
	p, err := c.PushSession(s.ctx, id, t.Branch)
	if err != nil {
		return err
	}
	return printOr(s, p, func(p client.Pushed) error {
		if p.InUse {
			fmt.Fprintln(s.Out, "The branch is in use in the local repository and was not moved. The work has a branch of its own.")
		}
		fmt.Fprintf(s.Out, "Pushed %s to %s: %s\n", count(p.Commits, "commit"), safe(p.Branch), safe(p.Commit))
		if p.Command != "" {
			fmt.Fprintln(s.Out, "Get to it with: "+safe(p.Command))
		}
		for _, o := range p.Omitted {
			fmt.Fprintf(s.Err, "Not in it: %s (%s)\n", safe(o.Path), safe(o.Reason))
		}
		return nil
	})
}

// patch writes the patch byte for byte.
func (t *sessionTakeCmd) patch(s *shell, c *client.Client, id string) error {
	if t.Output == "" || t.Output == "-" {
		return s.printPatch(c, id, t.Attempt)
	}
	patch, err := s.readPatch(c, id, t.Attempt)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.path(t.Output), patch, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Err, "Wrote %s.\n", t.Output)
	return err
}

// path is a file of the command line, as seen from the current directory.
func (s *shell) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.Dir, name)
}
