// Package sessions renders sessions: the list, one session's page with its four tabs, and the form for a new one.
// Parts that change while a person looks at them have ids and can be rendered alone.
package sessions

import (
	"fmt"
	"slices"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Detail is the page of one session.
type Detail struct {
	// Base is the session's URL: /t/acme/sessions/0192….
	Base    string
	Session session.Session
	Queue   session.Queue
	Items   []Item
	// Growing are texts that are not complete yet.
	Growing []Item
	// Asks are the open approvals and questions, oldest first.
	Asks []session.Ask
	// AnswerWithin is how long the session waits for an answer before it pauses; zero if that is unknown.
	AnswerWithin time.Duration
	// Waiting are a person's messages that the agent has not received yet.
	Waiting []session.Message
	// Gaps are what the working tree lacks of its base commit.
	Gaps repository.Gaps
	Todo []event.TodoItem
	// Outcomes are those of the attempts that have ended, newest first.
	Outcomes []session.Outcome
	// Checkpoints are the newest ones of CheckpointCount; LastCheckpoint is the last number.
	Checkpoints                     []session.Checkpoint
	CheckpointCount, LastCheckpoint int64
	// LastGood is the newest checkpoint of a state that did not fail; 0 if there is none.
	LastGood int64
	States   []event.Event
	// Stops are the times that the breaker stopped this session, newest first; TeamStops recent ones of other sessions of the team.
	Stops, TeamStops []loop.Stop
	// Pulls are the pull requests of the session, newest first; HasForge reports whether its repository can have any.
	Pulls    []session.Pull
	HasForge bool
	// Link is the page's URL with its host.
	Link string
	// Fetch is the command that fetches the session's branch from this server; empty if there is none.
	Fetch string
	// CanLand reports whether the repository has a merge queue; Entry is the session's newest entry there, at Place while it is in it.
	CanLand bool
	Entry   *merge.Entry
	Place   int
	// Older is the number of the first event on the page if there are earlier ones; otherwise 0.
	Older int64
	Can   Rights
	// Feedback is what people think of the work, the newest first; Reader is the person who looks at the page.
	Feedback []session.Feedback
	Reader   tenant.UserID
}

// Rights are the reader's rights in this session. Rate is the right to say what they think of the work.
type Rights struct{ Write, Answer, ReadCalls, Rate bool }

// Place is where an entry of the conversation is shown: the session's URL, and whether the reader can fork it.
type Place struct {
	Base    string
	CanFork bool
}

// Where is the place of the entries of the session.
func (d Detail) Where() Place {
	return Place{Base: d.Base, CanFork: d.Can.Write && d.Session.BaseCommit != ""}
}

// verb is one button in the head of a session.
type verb struct{ path, label, icon, key string }

// verbs are the buttons for the session's state, without those that ask for confirmation.
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
		if d.stop() != nil {
			return nil // the dock has the buttons
		}
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

// why explains the session's state; the clock is shown separately.
func (d Detail) why() string {
	s := d.Session
	switch {
	case s.Status == session.Queued && d.Queue.Reason != "":
		return d.Queue.Reason
	case s.Reason.Message != "":
		return s.Reason.Message
	case s.Status == session.Pending:
		return "Draft, not started yet."
	case s.WaitingFor != "":
		return "The time limit is paused until someone answers."
	}
	return ""
}

// remedy describes what to do about the state.
func (d Detail) remedy() string {
	s := d.Session
	if s.Status == session.Paused && s.Reason.Code == session.ByUser {
		return "Paused safely. Resume it to continue where it stopped."
	}
	if s.Status == session.Completed || s.Status == session.PartiallyCompleted {
		return "" // the field below the conversation says so
	}
	return s.Reason.Code.Remedy()
}

// attempt names the attempt, except for the first one.
func (d Detail) attempt() string {
	if d.Session.Attempt < 2 {
		return ""
	}
	return fmt.Sprintf("Attempt %d.", d.Session.Attempt)
}

func (d Detail) limit() string { return ui.Clock(d.Session.MaxDuration) }

func (d Detail) tabs(current string) []ui.Tab {
	tabs := slices.Insert(d.Counted(), 1, ui.Tab{Href: d.Base + "#session-aside", Label: "Facts", Class: "only-n"})
	tabs = append(tabs, ui.Tab{Href: d.Base + "/calls", Label: "Model calls"}, ui.Tab{Href: d.Base + "/log", Label: "Log"})
	for i := range tabs {
		tabs[i].Current = tabs[i].Label == current
	}
	if !d.Can.ReadCalls {
		tabs = slices.DeleteFunc(tabs, func(t ui.Tab) bool { return t.Label == "Model calls" })
	}
	return tabs
}

// hasMenu reports whether the head has the menu of rare acts. On a phone, it has all acts of the head.
func (d Detail) hasMenu() bool { return d.Can.Write && d.Session.Status.Finished() }

// inMenu is the class of buttons that a phone shows in the menu instead.
func (d Detail) inMenu() string {
	if d.hasMenu() {
		return "hide-m"
	}
	return ""
}

// checksTab counts the checks of the current attempt.
func (d Detail) checksTab() ui.Tab {
	t := ui.Tab{Href: d.Base + "/checks", Label: "Checks", ID: "tab-checks"}
	if o := d.outcome(); o != nil && o.Checks.Total() > 0 {
		t.Count, t.Bad = ui.Count(o.Checks.Total()), o.Checks.Failed > 0
		if t.Bad {
			t.Count = ui.Count(o.Checks.Failed) + " of " + t.Count + " failed"
		}
	}
	return t
}

// Counted are the tabs with a count, which streams update.
func (d Detail) Counted() []ui.Tab {
	files := ""
	if n := d.Session.FilesChanged; n > 0 {
		files = ui.Plural(int64(n), "file")
	}
	return []ui.Tab{{Href: d.Base, Label: "Conversation", Count: ui.Count(d.Session.LastSeq), ID: "tab-events"},
		{Href: d.Base + "/changes", Label: "Changes", Count: files, ID: "tab-files"},
		d.checksTab(),
		{Href: d.Base + "/checkpoints", Label: "Checkpoints", Count: countOf(d.CheckpointCount), ID: "tab-checkpoints"}}
}

// done counts the finished steps of the plan.
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
