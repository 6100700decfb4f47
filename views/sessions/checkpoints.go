package sessions

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Checkpoints is the tab with a session's checkpoints and the comparison of two of them.
type Checkpoints struct {
	All []session.Checkpoint
	// A and B are compared; nil if there are none.
	A, B *session.Checkpoint
	// Files differ from A to B. Lost says why they cannot be read.
	Files []session.FileChange
	Lost  string
	// Gone are the numbers of the checkpoints whose files the server no longer has.
	Gone map[int64]bool
	// Undo are the files that differ from A to the newest checkpoint: those that a restore changes.
	Undo []session.FileChange
	// Models and Agents are the choices of a fork.
	Models, Agents []string
}

// fork is the form of a new session that starts from A.
func (c Checkpoints) fork(filesOnly bool) ForkForm {
	return ForkForm{Start: *c.A, FilesOnly: filesOnly, Models: c.Models, Agents: c.Agents}
}

// ForkForm is the form of a new session that starts from a checkpoint, or from a message.
type ForkForm struct {
	Start session.Checkpoint
	// MessageID is the message with which the conversation ends; empty for the end of the checkpoint's.
	MessageID string
	// FilesOnly starts a new conversation.
	FilesOnly      bool
	Models, Agents []string
	// Refused says why there is no start.
	Refused string
}

// what says what the new session starts with.
func (f ForkForm) what() string {
	switch {
	case f.FilesOnly:
		return "A new session starts with these files on a branch of its own, in a new conversation. This session does not change."
	case f.MessageID != "":
		return "A new session starts with the conversation up to this message, and the files of checkpoint " + ui.Plain(f.Start.N) + ". This session does not change."
	}
	return "A new session starts with these files and the conversation up to event " + ui.Count(f.Start.EventSeq) + ". This session does not change."
}

func (f ForkForm) title() string {
	switch {
	case f.FilesOnly:
		return "New branch from checkpoint " + ui.Plain(f.Start.N)
	case f.MessageID != "":
		return "Fork from a message"
	}
	return "Fork from checkpoint " + ui.Plain(f.Start.N)
}

func (f ForkForm) act() string {
	if f.FilesOnly {
		return "Create and queue"
	}
	return "Fork and queue"
}

func countOf(n int64) string {
	if n == 0 {
		return ""
	}
	return ui.Count(n)
}

// made says what made a checkpoint.
func made(c session.Checkpoint) string {
	switch c.Cause {
	case session.Manual:
		return strings.TrimSuffix("by "+firstWord(c.By.Name)+": "+c.Note, ": ")
	case session.AfterTurn:
		return strings.TrimSuffix("turn "+c.Note, " ")
	case session.Periodic:
		return "every 5 min"
	case session.BeforePause:
		return "before pause"
	}
	return strings.TrimSuffix("before restore: "+c.Note, ": ")
}

func firstWord(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}

// address is the tab with two marks.
func (c Checkpoints) address(base string, a, b int64) string {
	return base + "/checkpoints?a=" + ui.Plain(a) + "&b=" + ui.Plain(b)
}

func (c Checkpoints) withA(base string, n int64) string { return c.address(base, n, c.B.N) }
func (c Checkpoints) withB(base string, n int64) string { return c.address(base, c.A.N, n) }

func (c Checkpoints) isMarked(n int64) bool { return n == c.A.N || n == c.B.N }

// diff is the address of the whole diff from A to B.
func (c Checkpoints) diff(base, page string) string {
	return base + "/checkpoints/" + page + "?a=" + ui.Plain(c.A.N) + "&b=" + ui.Plain(c.B.N)
}

// going are the files that a restore deletes: those that the newest checkpoint has and A has not.
func (c Checkpoints) going() (names []string) {
	for _, f := range c.Undo {
		if f.Status == "added" {
			names = append(names, f.Path)
		}
	}
	return names
}

// signed writes a difference with its sign.
func signed(n int64) string {
	if n < 0 {
		return "−" + ui.Count(-n)
	}
	return "+" + ui.Count(n)
}

func signedMoney(n int64) string {
	if n < 0 {
		return "−" + ui.Money(-n)
	}
	return "+" + ui.Money(n)
}

func shortHash(hash string) string { return hash[:min(7, len(hash))] }

// modes describes a change of a file's mode, which its diff names; empty if there is none.
func modes(f session.FileChange) string {
	old, rest, ok := strings.Cut(f.Patch, "old mode 100")
	if !ok || strings.Contains(old, "@@") {
		return ""
	}
	_, now, ok := strings.Cut(rest, "new mode 100")
	if !ok || len(rest) < 3 || len(now) < 3 {
		return ""
	}
	return "mode " + rest[:3] + " → " + now[:3]
}

func letter(f session.FileChange) string { return strings.ToUpper(f.Status[:1]) }

func moved(f session.FileChange) string {
	if f.OldPath != "" && f.OldPath != f.Path {
		return f.OldPath + " → " + f.Path
	}
	return f.Path
}

// checkpointLine describes a manual checkpoint in the conversation.
func checkpointLine(it Item) string {
	line := "Checkpoint " + ui.Count(it.Checkpoint.N) + " by " + ui.Or(it.Actor.Name)
	if it.Checkpoint.Note != "" {
		line += ": " + oneLine(it.Checkpoint.Note)
	}
	return line
}

// restoredLine describes a restore or a fork.
func restoredLine(it Item) string {
	r := it.Restored
	if r.From != "" {
		return "Forked from checkpoint " + ui.Count(r.N) + " of session " + session.Short(session.ID(r.From)) + " by " + ui.Or(it.Actor.Name)
	}
	line := "Restored to checkpoint " + ui.Count(r.N) + " by " + ui.Or(it.Actor.Name) + "."
	if r.Before > 0 {
		line += " Checkpoint " + ui.Count(r.Before) + " was taken first."
	}
	return line
}

func options(names []string, chosen string) (all []ui.Option) {
	for _, n := range names {
		all = append(all, ui.Option{Value: n, Label: n, Selected: n == chosen})
	}
	return all
}
