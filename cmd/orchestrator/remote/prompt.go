package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// errNotOpen ends a prompt for an approval or question that no longer waits: somebody else answered it, or the session ended.
var errNotOpen = errors.New("it waits for no answer")

// answerInline lets a person at a terminal answer, and reports whether there was an answer. An empty line leaves the approval open.
func (s *shell) answerInline(in *lines, c *client.Client, id string, a client.Ask, seq int64) (bool, error) {
	ctx, done := s.whileOpen(c, id, a, seq)
	defer done()
	in.discard() // what was typed before the person could read the command is no answer to it
	reply, err := s.readReply(ctx, in, a)
	if err != nil || reply.Reply == "" {
		return false, err
	}
	return true, c.AnswerAsk(s.ctx, id, a.ID, reply)
}

// whileOpen returns a context that ends with errNotOpen when the approval or question of an event no longer waits.
func (s *shell) whileOpen(c *client.Client, id string, a client.Ask, seq int64) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	go func() {
		_ = c.Follow(ctx, id, seq, func(e client.Event) error {
			if s.closes(c, id, a, e) {
				cancel(errNotOpen)
				return client.ErrStopFollowing
			}
			return nil
		}, nil)
	}()
	return ctx, func() { cancel(nil) }
}

// closes reports whether an event is the answer to an approval or question, or a change of the session after which it no longer waits.
func (s *shell) closes(c *client.Client, id string, a client.Ask, e client.Event) bool {
	switch event.Type(e.Type) {
	case event.AgentPermission, event.AgentQuestion:
		return dataOf[event.Ask](e).AskID == a.ID && !isAsk(e)
	case event.SessionState:
		asks, err := c.Asks(s.ctx, id)
		for _, open := range asks {
			if open.ID == a.ID {
				return false
			}
		}
		return err == nil
	}
	return false
}

// readReply reads until a line is an answer or empty.
func (s *shell) readReply(ctx context.Context, in *lines, a client.Ask) (r client.Reply, err error) {
	if a.Kind == string(session.Question) {
		return s.readAnswers(ctx, in, a)
	}
	words := map[string]string{"o": "once", "once": "once", "s": "always", "session": "always", "d": "reject", "deny": "reject", "": ""}
	for {
		fmt.Fprint(s.Err, "Allow [o]nce, allow for this [s]ession, [d]eny, or Enter to leave it open: ")
		line, err := in.next(ctx)
		if reply, ok := words[strings.ToLower(strings.TrimSpace(line))]; ok || err != nil {
			return client.Reply{Reply: reply}, ignoreEOF(err)
		}
	}
}

// readAnswers reads one line for each question: the number of an option, or any text.
func (s *shell) readAnswers(ctx context.Context, in *lines, a client.Ask) (r client.Reply, err error) {
	for _, q := range questionsOf(a) {
		fmt.Fprintf(s.Err, "Answer (a number or text; Enter leaves it open): ")
		line, err := in.next(ctx)
		if line = strings.TrimSpace(line); err != nil || line == "" {
			return client.Reply{}, ignoreEOF(err)
		}
		var n int
		if _, err := fmt.Sscanf(line, "%d", &n); err == nil && n >= 1 && n <= len(q.Options) {
			line = q.Options[n-1].Label
		}
		r.Reply, r.Answers = "answered", append(r.Answers, []string{line})
	}
	return r, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
