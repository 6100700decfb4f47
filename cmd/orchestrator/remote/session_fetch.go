package remote

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// fetched is what --json prints after a fetch.
type fetched struct {
	Remote string `json:"remote"`
	Branch string `json:"branch"`
	Ref    string `json:"ref"`
	Commit string `json:"commit"`
}

// fetch runs git fetch, or prints its command as the session's page does.
func (t *sessionTakeCmd) fetch(s *shell, c *client.Client, v client.Session) error {
	remote, err := s.gitAddress(c, v)
	if err != nil {
		return err
	}
	if t.Print {
		return printOr(s, fetched{Remote: remote, Branch: v.Branch}, func(fetched) error {
			_, err := fmt.Fprintf(s.Out, "git fetch %s %s\n", safe(remote), safe(v.Branch))
			return err
		})
	}
	f := fetched{Remote: remote, Branch: v.Branch, Ref: "refs/remotes/" + v.Branch}
	if err := s.gitFetch(c.Address(), remote, "+refs/heads/"+v.Branch+":"+f.Ref); err != nil {
		return err
	}
	if f.Commit, err = s.git("rev-parse", "--verify", f.Ref); err != nil {
		return err
	}
	return printOr(s, f, func(f fetched) error {
		_, err := fmt.Fprintf(s.Out, "Fetched %s: %s\nGet to it with: git switch -c NAME %s\n", safe(f.Branch), f.Commit, safe(f.Branch))
		return err
	})
}

// gitAddress is the server's read-only git address of a session's repository.
func (s *shell) gitAddress(c *client.Client, v client.Session) (string, error) {
	if v.RepositoryID == nil || v.Branch == "" {
		return "", errors.New("the session has no branch to fetch, because it has no repository. Its changes are a patch: orchestrator session take " + v.ID + " --patch")
	}
	me, err := c.Me(s.ctx)
	if err != nil {
		return "", err
	}
	r, err := c.Repository(s.ctx, *v.RepositoryID)
	return c.Address() + "/t/" + url.PathEscape(me.Tenant.Slug) + "/git/" + url.PathEscape(r.Name), err
}

// helper answers git's request for a user name and password with the token in the environment of git. The command line, which other users of
// the machine can read, has only the name of the variable.
const helper = `!f() { if test "$1" = get; then printf 'username=token\npassword=%s\n' "$` + tokenEnv + `"; fi; }; f`

// gitFetch fetches one ref. Helpers that the user has configured receive nothing, so that they do not store the token, and git never prompts.
func (s *shell) gitFetch(server, remote, refspec string) error {
	l, err := s.login()
	if err != nil {
		return err
	}
	setting := "credential." + server + ".helper="
	cmd := s.gitCommand("-c", setting, "-c", setting+helper, "fetch", "--no-tags", "--", remote, refspec)
	cmd.Env = append(cmd.Env, tokenEnv+"="+l.Token, "GIT_TERMINAL_PROMPT=0")
	cmd.Stdout, cmd.Stderr = s.Err, s.Err
	if err := cmd.Run(); err != nil {
		return s.gitError("fetch", err)
	}
	return nil
}

// git runs a command of git that has one line of output.
func (s *shell) git(args ...string) (string, error) {
	cmd := s.gitCommand(args...)
	cmd.Stderr = s.Err
	out, err := cmd.Output()
	if err != nil {
		return "", s.gitError(args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (s *shell) gitCommand(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.ctx, "git", args...)
	cmd.Dir, cmd.Env = s.Dir, os.Environ()
	return cmd
}

func (s *shell) gitError(verb string, err error) error {
	switch {
	case s.ctx.Err() != nil:
		return s.ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("this requires git, which is not installed on this machine")
	}
	return fmt.Errorf("git %s failed: %w", verb, err)
}
