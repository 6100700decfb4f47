package remote

import (
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// move moves a session and prints what became of it.
func (t theSession) move(s *shell, do func(*client.Client, string) (client.Session, error)) error {
	c, v, err := t.find(s)
	if err != nil {
		return err
	}
	if v, err = do(c, v.ID); err != nil {
		return err
	}
	return printOr(s, v, func(v client.Session) error {
		_, err := fmt.Fprintf(s.Out, "%s is %s.\n", v.ID, statusWord(v.SessionRow))
		return err
	})
}

// to is a move without input.
func to(s *shell, m client.Move) func(*client.Client, string) (client.Session, error) {
	return func(c *client.Client, id string) (client.Session, error) { return c.MoveSession(s.ctx, id, m) }
}

type sessionStartCmd struct{ theSession }

// Run queues a draft.
func (c *sessionStartCmd) Run(s *shell) error { return c.move(s, to(s, client.Start)) }

type sessionPauseCmd struct{ theSession }

// Run pauses a session.
func (c *sessionPauseCmd) Run(s *shell) error { return c.move(s, to(s, client.Pause)) }

type sessionStopCmd struct{ theSession }

// Run ends a session.
func (c *sessionStopCmd) Run(s *shell) error { return c.move(s, to(s, client.Stop)) }

type sessionCancelCmd struct{ theSession }

// Run cancels a session.
func (c *sessionCancelCmd) Run(s *shell) error { return c.move(s, to(s, client.Cancel)) }

type sessionResumeCmd struct {
	theSession
	Message string `help:"A message to the agent, sent before the session resumes."`
}

// Run queues a paused session.
func (c *sessionResumeCmd) Run(s *shell) error {
	return c.move(s, func(api *client.Client, id string) (client.Session, error) {
		return api.ResumeSession(s.ctx, id, c.Message)
	})
}

type sessionRetryCmd struct {
	theSession
	Fresh bool `help:"Start with a new working tree and a new conversation."`
}

// Run starts the next attempt.
func (c *sessionRetryCmd) Run(s *shell) error {
	return c.move(s, func(api *client.Client, id string) (client.Session, error) {
		return api.RetrySession(s.ctx, id, c.Fresh)
	})
}

type sessionSendCmd struct {
	theSession
	Message string `arg:"" help:"The message; - reads it from standard input."`
}

// Run sends a message.
func (c *sessionSendCmd) Run(s *shell) error {
	message, err := s.textOrStdin(c.Message)
	if err != nil {
		return err
	}
	api, v, err := c.find(s)
	if err != nil {
		return err
	}
	m, err := api.SendMessage(s.ctx, v.ID, message)
	if err != nil {
		return err
	}
	return printOr(s, m, func(client.Message) error {
		_, err := fmt.Fprintf(s.Out, "Sent. Follow the session with: orchestrator session follow %s --after %d\n", v.ID, v.LastSeq)
		return err
	})
}
