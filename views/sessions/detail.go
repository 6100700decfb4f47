// Package sessions draws sessions: the list, one session's glass box with its four tabs, and the form of a new one.
// Its parts that change while they are looked at have ids of their own and can be drawn alone.
package sessions

import (
	"fmt"
	"slices"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Detail is what the page of one session shows.
type Detail struct {
	// Base is the session's address: /t/acme/sessions/0192….
	Base    string
	Session session.Session
	Queue   session.Queue
	Items   []Item
	// Growing are texts that are not whole yet.
	Growing []Item
	// Asks are those that wait, oldest first.
	Asks []session.Ask
	// AnswerWithin is how long an ask waits before the session is paused; zero when that is not known.
	AnswerWithin time.Duration
	// Waiting are a person's messages the agent has not taken yet.
	Waiting []session.Message
	Todo    []event.TodoItem
	States  []event.Event
	// Older is the number of the first event on the page when there are earlier ones; 0 has none.
	Older int64
	Can   Rights
}

// Rights are what the person may do with this session.
type Rights struct{ Write, Answer, ReadCalls bool }

// verb is one button of a session's head.
type verb struct{ path, label, icon, key string }

// verbs are the moves the session's state allows, but the ones that ask first.
func (d Detail) verbs() []verb {
	if !d.Can.Write {
		return nil
	}
	switch s := d.Session.Status; s {
	case session.Pending:
		return []verb{{"start", "Start", "play", ""}}
	case session.Running, session.Degraded:
		return []verb{{"pause", "Pause", "pause", "p"}}
	case session.Paused:
		return []verb{{"resume", "Resume", "play", "p"}}
	case session.Failed, session.Timeout, session.Stopped, session.Orphaned:
		return []verb{{"retry", "Retry", "play", ""}}
	}
	return nil
}

func (d Detail) canStop() bool {
	return d.Can.Write && session.CanMove(d.Session.Status, session.Stopped)
}

func (d Detail) canCancel() bool {
	return d.Can.Write && !d.canStop() && session.CanMove(d.Session.Status, session.Cancelled)
}

// why says in words why the session stands where it stands; the clock is told apart.
func (d Detail) why() string {
	s := d.Session
	switch {
	case s.Status == session.Queued && d.Queue.Reason != "":
		return d.Queue.Reason
	case s.Reason.Message != "":
		return s.Reason.Message
	case s.Status == session.Pending:
		return "A draft: nothing has started yet."
	case s.WaitingFor != "":
		return "The clock stands still until you answer."
	}
	return ""
}

// remedy is what to do about the state.
func (d Detail) remedy() string {
	s := d.Session
	if s.Status == session.Paused && s.Reason.Code == session.ByUser {
		return "The running turn was ended cleanly and the conversation is kept; resume goes on in it."
	}
	if s.Status == session.Completed || s.Status == session.PartiallyCompleted {
		return "A message goes on in the same conversation."
	}
	return s.Reason.Code.Remedy()
}

// attempt is told from the second one on.
func (d Detail) attempt() string {
	if d.Session.Attempt < 2 {
		return ""
	}
	return fmt.Sprintf("Attempt %d.", d.Session.Attempt)
}

func (d Detail) limit() string { return ui.Clock(d.Session.MaxDuration) }

func (d Detail) tabs(current string) []ui.Tab {
	tabs := append(d.Counted(), ui.Tab{Href: d.Base + "/calls", Label: "Model calls"}, ui.Tab{Href: d.Base + "/log", Label: "Log"})
	for i := range tabs {
		tabs[i].Current = tabs[i].Label == current
	}
	if !d.Can.ReadCalls {
		tabs = append(tabs[:2], tabs[3])
	}
	return tabs
}

// Counted are the tabs that say how much is behind them; their counts change while the page is looked at.
func (d Detail) Counted() []ui.Tab {
	files := ""
	if n := d.Session.FilesChanged; n > 0 {
		files = ui.Plural(int64(n), "file")
	}
	return []ui.Tab{{Href: d.Base, Label: "Conversation", Count: ui.Count(d.Session.LastSeq), ID: "tab-events"},
		{Href: d.Base + "/changes", Label: "Changes", Count: files, ID: "tab-files"}}
}

// done counts the finished lines of the plan.
func (d Detail) done() (n int) {
	for _, t := range d.Todo {
		if t.Status == "completed" || t.Status == "cancelled" {
			n++
		}
	}
	return n
}

// newestFirst is the order of a timeline.
func newestFirst(states []event.Event) []event.Event {
	out := slices.Clone(states)
	slices.Reverse(out)
	return out
}
