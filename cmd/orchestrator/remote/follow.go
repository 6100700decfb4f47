package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

type sessionFollowCmd struct {
	theSession
	After int64 `help:"Print only the events after this number." placeholder:"N"`
}

// Run follows a session to its end.
func (f *sessionFollowCmd) Run(s *shell) error {
	c, v, err := f.find(s)
	if err != nil {
		return err
	}
	return s.follow(c, v, f.After)
}

// follow prints a session's events until it has ended. At a terminal, a person can answer its approvals.
func (s *shell) follow(c *client.Client, v client.Session, after int64) error {
	t := &transcript{shell: s, palette: s.colours(s.Out)}
	in, last := newLines(s.In), after
	v, err := s.untilEnd(c, v, after, func(e client.Event) error {
		last = e.Seq
		if s.json {
			return s.printLine(e)
		}
		if isAsk(e) {
			return s.meetAsk(in, c, v.ID, e)
		}
		t.print(e)
		return nil
	})
	if err != nil {
		return s.detached(err, v.ID, last)
	}
	if !s.json {
		fmt.Fprintf(s.Err, "The session is %s. A message continues it: orchestrator session send %s \"…\"\n", session.Status(v.Status).Word(), v.ID)
	}
	return nil
}

// detached says how to come back after Ctrl-C. Other errors stay as they are.
func (s *shell) detached(err error, id string, last int64) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return exitError{exitInterrupted, fmt.Sprintf("\nDetached. The session continues. Come back with: orchestrator session follow %s --after %d", id, last)}
}

// untilEnd passes a session's events on until it has ended and all its events were handled, and returns it as it is then.
func (s *shell) untilEnd(c *client.Client, v client.Session, after int64, handle func(client.Event) error) (client.Session, error) {
	if hasEnded(v) && after >= v.LastSeq {
		return v, nil
	}
	err := c.Follow(s.ctx, v.ID, after, func(e client.Event) error {
		if err := handle(e); err != nil {
			return err
		}
		if e.Seq < v.LastSeq {
			return nil
		}
		now, err := c.Session(s.ctx, v.ID)
		if err != nil {
			return err
		}
		if v = now; hasEnded(v) && e.Seq >= v.LastSeq {
			return client.ErrStopFollowing
		}
		return nil
	}, func(err error) {
		fmt.Fprintln(s.Err, "The connection broke, trying again: "+safe(err.Error()))
	})
	return v, err
}

// hasEnded reports whether nothing more happens to a session on its own.
func hasEnded(v client.Session) bool {
	return session.Status(v.Status).Finished() && v.RetryAt == nil
}

// isAsk reports whether an event is a new approval or question.
func isAsk(e client.Event) bool {
	if e.Type != string(event.AgentPermission) && e.Type != string(event.AgentQuestion) {
		return false
	}
	return dataOf[event.Ask](e).Status == "asked"
}

// dataOf decodes the data of an event; what does not fit is left out.
func dataOf[T any](e client.Event) (v T) {
	_ = json.Unmarshal(e.Data, &v)
	return v
}

// openAsk returns the approval or question of an event if it still waits for an answer.
func (s *shell) openAsk(c *client.Client, id string, e client.Event) (a client.Ask, isOpen bool, err error) {
	asks, err := c.Asks(s.ctx, id)
	for _, a := range asks {
		if a.ID == dataOf[event.Ask](e).AskID {
			return a, true, err
		}
	}
	return a, false, err
}

// meetAsk shows an approval or question that is still open. A person at a terminal can answer it at once.
func (s *shell) meetAsk(in *lines, c *client.Client, id string, e client.Event) error {
	a, isOpen, err := s.openAsk(c, id, e)
	if err != nil || !isOpen {
		return err
	}
	s.printAsk(s.Out, a)
	answered := false
	if isTerminal(s.In) {
		answered, err = s.answerInline(in, c, id, a, e.Seq)
		var p *client.Problem
		switch {
		case errors.As(err, &p) && p.Status == 409: // someone else was first
			fmt.Fprintln(s.Err, safe(p.Detail))
			return nil
		case errors.Is(err, errNotOpen):
			fmt.Fprintln(s.Err, "\nThe agent no longer waits for this answer.")
			return nil
		}
	}
	if err == nil && !answered {
		s.printHowToAnswer(s.Err, id, a)
	}
	return err
}

// announceAsk prints to the error stream what a session waits for, for commands whose output is for programs.
func (s *shell) announceAsk(c *client.Client, id string, e client.Event) error {
	if !isAsk(e) {
		return nil
	}
	a, isOpen, err := s.openAsk(c, id, e)
	if err == nil && isOpen {
		s.printAsk(s.Err, a)
		s.printHowToAnswer(s.Err, id, a)
	}
	return err
}
