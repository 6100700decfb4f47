package remote

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

type sessionRunCmd struct {
	Prompt      string   `arg:"" help:"The first message to the agent; - reads it from standard input."`
	Title       string   `help:"The outcome in one line. The default is the first line of the prompt."`
	Repo        string   `help:"The repository's name or ID. Without one, the session starts in an empty folder." placeholder:"NAME"`
	Base        string   `help:"The branch, tag or commit to start from." placeholder:"REF"`
	Model       string   `help:"The model. The default is the agent's, or the only one of the team." placeholder:"PROVIDER/MODEL"`
	Agent       string   `help:"The name or ID of an agent of the team. The default is the team's default agent." placeholder:"NAME" xor:"agent"`
	Route       bool     `help:"Let the server choose the agent for --capability, --technology, --prefer-type and --prefer-agent." xor:"agent"`
	OpenCode    string   `name:"opencode-agent" help:"One of OpenCode's own agents instead." placeholder:"NAME" xor:"agent"`
	Type        string   `help:"execution, planning, review, debug or integration." placeholder:"TYPE"`
	Priority    string   `help:"critical, high, medium, low or deferred." placeholder:"PRIORITY"`
	Tag         []string `help:"A tag. Can be repeated."`
	MaxTokens   int64    `help:"The session's own limit in weighted tokens." placeholder:"N"`
	MaxDuration int64    `help:"The time limit in seconds." placeholder:"SECONDS"`
	Draft       bool     `help:"Create a draft and do not start it."`
	Follow      bool     `short:"f" help:"Print what the session does, and answer its approvals." xor:"then"`
	Wait        bool     `help:"Wait until the session has ended. The exit code is 3 if it is not completed and 4 if a check did not pass." xor:"then"`
	needFlags
	Key string `help:"An idempotency key: repeating the command with it within 24 hours creates nothing new." placeholder:"KEY"`
}

// Run creates the session and then detaches, follows or waits.
func (r *sessionRunCmd) Run(s *shell) error {
	if r.Draft && (r.Follow || r.Wait) {
		return exitError{exitUsage, "A draft does nothing that can be followed. Leave out --draft, or --follow and --wait."}
	}
	if !r.Route && !r.isEmpty() {
		return exitError{exitUsage, "--capability, --technology, --prefer-type and --prefer-agent have an effect only with --route."}
	}
	c, err := s.client()
	if err != nil {
		return err
	}
	input, err := r.input(s, c)
	if err != nil {
		return err
	}
	v, err := c.CreateSession(client.WithKey(s.ctx, r.Key), input)
	if err != nil {
		return err
	}
	switch {
	case r.Follow:
		fmt.Fprintf(s.Err, "Session %s\n", v.ID)
		return s.follow(c, v, 0)
	case r.Wait:
		return r.wait(s, c, v)
	}
	return printOr(s, v, s.printStarted)
}

func (s *shell) printStarted(v client.Session) error {
	_, err := fmt.Fprintf(s.Out, "%s is %s. Follow it with: orchestrator session follow %s\n", v.ID, statusWord(v.SessionRow), v.ID)
	return err
}

// input is the session that the flags describe.
func (r *sessionRunCmd) input(s *shell, c *client.Client) (n client.NewSession, err error) {
	if r.Prompt, err = s.textOrStdin(r.Prompt); err != nil {
		return n, err
	}
	n = client.NewSession{Title: r.Title, InitialPrompt: r.Prompt, ModelIdentifier: r.Model, BaseRef: r.Base, OpencodeAgent: r.OpenCode, SessionType: r.Type, Priority: r.Priority,
		Tags: r.Tag, MaxDurationSeconds: r.MaxDuration, Start: !r.Draft}
	if n.Title == "" {
		n.Title = titleOf(r.Prompt)
	}
	if r.MaxTokens > 0 {
		n.MaxTokens = client.LimitOf(r.MaxTokens)
	}
	if err := r.choose(s, c, &n); err != nil {
		return n, err
	}
	if r.Repo != "" {
		repo, err := s.findRepo(c, r.Repo)
		if err != nil {
			return n, err
		}
		n.RepositoryID = repo.ID
	}
	return n, nil
}

// maxTitle is how long a title from a prompt can be, in bytes. The API accepts 200 characters.
const maxTitle = 120

func titleOf(prompt string) string {
	for line := range strings.Lines(prompt) {
		if line = strings.TrimSpace(line); line != "" {
			return text.Brief(line, maxTitle)
		}
	}
	return ""
}

// wait follows the session silently to its end, and reports how it ended by the exit code.
func (r *sessionRunCmd) wait(s *shell, c *client.Client, v client.Session) error {
	fmt.Fprintf(s.Err, "Session %s\n", v.ID)
	v, err := s.untilEnd(c, v, 0, func(e client.Event) error { return s.announceAsk(c, v.ID, e) })
	if err != nil {
		return s.detached(err, v.ID, 0)
	}
	checks, err := c.Checks(s.ctx, v.ID, 0)
	if err != nil {
		return err
	}
	if s.json {
		err = s.printJSON(v)
	} else {
		err = errors.Join(s.printSession(v), s.printChecks(checks))
	}
	if err != nil {
		return err
	}
	return verdict(v, checks)
}

// verdict is the exit code of a session that has ended.
func verdict(v client.Session, checks []client.Check) error {
	if v.Status != string(session.Completed) {
		return exitError{exitNotDone, "The session is " + session.Status(v.Status).Word() + "."}
	}
	for _, k := range checks {
		if !k.Passed && k.Attempt == v.Attempt {
			return exitError{exitChecks, "The session is completed, but a check did not pass: " + safe(k.Command)}
		}
	}
	return nil
}

// maxStdin is how much text is read from standard input. The API accepts less.
const maxStdin = 1 << 20

// textOrStdin is a text of the command line, or standard input for "-".
func (s *shell) textOrStdin(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	all, err := io.ReadAll(io.LimitReader(s.In, maxStdin))
	return string(all), err
}
