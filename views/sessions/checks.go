package sessions

import (
	"regexp"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/prose"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// CheckTab is the tab with the results of the checks, by attempt.
type CheckTab struct {
	// Attempts are the last two attempts with results, oldest first.
	Attempts []CheckedAttempt
	// Selected is the number of the check whose output is shown, from 0.
	Selected int
}

// CheckedAttempt is an attempt with the results of its checks.
type CheckedAttempt struct {
	N       int
	Results []repository.CheckResult
}

// last are the results of the newest attempt that has any.
func (t CheckTab) last() []repository.CheckResult {
	if len(t.Attempts) == 0 {
		return nil
	}
	return t.Attempts[len(t.Attempts)-1].Results
}

// selected is the check whose output is shown; nil if there are no checks.
func (t CheckTab) selected() *repository.CheckResult {
	last := t.last()
	if t.Selected < 0 || t.Selected >= len(last) {
		return nil
	}
	return &last[t.Selected]
}

// Choose returns the check to show: the one that was asked for, else the first that failed.
func (t CheckTab) Choose(asked int, isAsked bool) int {
	if isAsked && asked >= 0 && asked < len(t.last()) {
		return asked
	}
	return max(0, slices.IndexFunc(t.last(), func(c repository.CheckResult) bool { return c.Verdict != repository.Passed }))
}

// result is the result of a command in an attempt; nil if it has none.
func (a CheckedAttempt) result(command string) *repository.CheckResult {
	i := slices.IndexFunc(a.Results, func(c repository.CheckResult) bool { return c.Command == command })
	if i < 0 {
		return nil
	}
	return &a.Results[i]
}

// failed counts the checks that did not pass.
func failedOf(results []repository.CheckResult) (n int) {
	for _, c := range results {
		if c.Verdict != repository.Passed {
			n++
		}
	}
	return n
}

// checkCount is the number of checks, and of those that failed.
func (t CheckTab) count() string {
	n := ui.Count(len(t.last()))
	if failed := failedOf(t.last()); failed > 0 {
		return n + ", " + ui.Count(failed) + " failed"
	}
	return n
}

// outLine is one line of a check's output: its number, its markup, and whether it reports a failure.
type outLine struct {
	N    int
	HTML string
	Bad  bool
}

// failing are the words with which programs report a failure.
var failing = regexp.MustCompile(`(?i)\b(fail(ed|ure)?|error|panic|fatal)\b`)

// outLines are the numbered lines of a check's output. From a long one the start and the end are shown; cut is how many lines that leaves out.
func outLines(c repository.CheckResult) (head, tail []outLine, cut int) {
	start, end, isCut := prose.Shorten(strings.TrimRight(c.Output, "\n"))
	head = numbered(start, 1, c.Verdict)
	if !isCut {
		return head, nil, 0
	}
	total := strings.Count(strings.TrimRight(c.Output, "\n"), "\n") + 1
	first := total - strings.Count(end, "\n")
	return head, numbered(end, first, c.Verdict), max(0, first-1-len(head))
}

func numbered(text string, first int, v repository.Verdict) (all []outLine) {
	if text == "" {
		return nil
	}
	for i, line := range strings.Split(text, "\n") {
		all = append(all, outLine{N: first + i, HTML: prose.Terminal(line), Bad: v != repository.Passed && failing.MatchString(line)})
	}
	return all
}

// firstFailure is the number of the first line that reports a failure; 0 without one.
func firstFailure(parts ...[]outLine) int {
	for _, part := range parts {
		for _, l := range part {
			if l.Bad {
				return l.N
			}
		}
	}
	return 0
}

// How much of a check's output a message to the agent quotes.
const (
	sentLines = 200
	sentBytes = 12_000
)

// failureText is the message that sends a failed check to the agent.
func failureText(c repository.CheckResult) string {
	lines := strings.Split(strings.TrimRight(c.Output, "\n"), "\n")
	out := strings.Join(lines[max(0, len(lines)-sentLines):], "\n")
	if len(out) > sentBytes {
		out = strings.ToValidUTF8(out[len(out)-sentBytes:], "")
	}
	return "The check `" + c.Command + "` failed. Find out why, and correct it. The end of its output:\n\n```\n" + out + "\n```"
}

// canSend reports whether the selected check can be sent to the agent.
func (d Detail) canSend(c repository.CheckResult) bool {
	return d.Can.Write && c.Verdict != repository.Passed && (d.Session.Status == session.Completed || d.Session.Status == session.PartiallyCompleted)
}
