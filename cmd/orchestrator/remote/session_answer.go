package remote

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

type sessionAnswerCmd struct {
	theSession
	Ask     string   `arg:"" optional:"" name:"approval" help:"The ID of the approval or question. Without one, the open ones are listed."`
	Once    bool     `help:"Allow once." xor:"reply"`
	Always  bool     `help:"Allow for this session." xor:"reply"`
	Deny    bool     `help:"Deny, or skip the question." xor:"reply"`
	Option  []string `help:"The answer to the question: a label. Repeat it for several questions, in their order." xor:"reply"`
	Message string   `help:"A message to the agent."`
}

// Run answers one approval or question, or lists those that are open with everything that they allow.
func (a *sessionAnswerCmd) Run(s *shell) error {
	c, v, err := a.find(s)
	if err != nil {
		return err
	}
	reply := a.reply()
	if a.Ask == "" || reply.Reply == "" {
		if reply.Reply != "" {
			return exitError{exitUsage, "Name the approval that you answer. Without --once, --always, --deny and --option, this command lists the open ones."}
		}
		return s.listAsks(c, v.ID)
	}
	if err := c.AnswerAsk(s.ctx, v.ID, a.Ask, reply); err != nil {
		return err
	}
	if s.json {
		return s.printJSON(reply)
	}
	_, err = io.WriteString(s.Out, "Answered.\n")
	return err
}

func (a *sessionAnswerCmd) reply() client.Reply {
	r := client.Reply{Message: a.Message}
	switch {
	case a.Once:
		r.Reply = "once"
	case a.Always:
		r.Reply = "always"
	case a.Deny:
		r.Reply = "reject"
	case len(a.Option) > 0:
		r.Reply = "answered"
		for _, o := range a.Option {
			r.Answers = append(r.Answers, []string{o})
		}
	}
	return r
}

func (s *shell) listAsks(c *client.Client, id string) error {
	asks, err := c.Asks(s.ctx, id)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Ask{}, asks...), func(asks []client.Ask) error {
		if len(asks) == 0 {
			_, err := io.WriteString(s.Out, "The session waits for no answer.\n")
			return err
		}
		for _, a := range asks {
			s.printAsk(s.Out, a)
			s.printHowToAnswer(s.Out, id, a)
		}
		return nil
	})
}

// printAsk prints what an agent requests: the whole command, file or URL, never shortened, and what a person should not overlook.
func (s *shell) printAsk(out io.Writer, a client.Ask) {
	p := s.colours(out)
	if a.Kind == string(session.Question) {
		fmt.Fprintln(out, p.yellow("The agent has a question."))
		for _, q := range questionsOf(a) {
			fmt.Fprintf(out, "  %s\n", indent(safeLines(q.Question)))
			for i, o := range q.Options {
				fmt.Fprintf(out, "  %d  %s  %s\n", i+1, safe(o.Label), p.dim(safe(o.Description)))
			}
		}
		return
	}
	k := session.Ask{Kind: session.Approval, Permission: a.Permission, Patterns: a.Patterns, Metadata: a.Metadata}
	fmt.Fprintln(out, p.yellow("The agent requests "+safe(a.Permission)+":"))
	fmt.Fprintf(out, "  %s\n", indent(safeLines(k.Subject())))
	if diff := k.Diff(); diff != "" {
		fmt.Fprintf(out, "  %s\n", indent(safeLines(diff)))
	}
	for _, danger := range k.Dangers() {
		fmt.Fprintln(out, p.red("  This command "+danger+"."))
	}
	if len(a.Always) > 0 {
		fmt.Fprintln(out, p.dim("  Allowing it for this session covers: "+safe(strings.Join(a.Always, ", "))))
	}
}

// indent aligns the lines of a text, so that no line of it looks like one of ours.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }

func (s *shell) printHowToAnswer(out io.Writer, id string, a client.Ask) {
	how := "--once, --always or --deny"
	if a.Kind == string(session.Question) {
		how = "--option LABEL or --deny"
	}
	fmt.Fprintf(out, "Answer with: orchestrator session answer %s %s %s\n", id, a.ID, how)
}

// question is one of the questions of an agent.
type question struct {
	Question string
	Options  []struct{ Label, Description string }
	Multiple bool
}

func questionsOf(a client.Ask) (qs []question) {
	_ = json.Unmarshal(a.Questions, &qs)
	return qs
}
