package sessions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

func seqOf(it Item) string { return strconv.FormatInt(it.Seq, 10) }

// stateLine describes a change of state: who or what changed it, and why. A reason that only repeats who did it is left out.
func stateLine(it Item) string {
	line, why := session.Status(it.State.To).Word(), it.State.Message
	if it.Actor.Kind == "user" && it.Actor.Name != "" {
		line += " by " + it.Actor.Name
	}
	if why == "" || strings.EqualFold(why, line+".") {
		return line
	}
	return line + ": " + why
}

func errorLine(e event.Error) string {
	line := oneLine(e.Name)
	if e.Status != 0 {
		line += " " + strconv.Itoa(e.Status)
	}
	return strings.TrimSpace(line + ": " + oneLine(e.Message))
}

// pullLine describes a change of a pull request; who is the person who made it here, if one did.
func pullLine(p event.Pull, who string) string {
	name := fmt.Sprintf("Pull request #%d", p.Number)
	switch p.Change {
	case "opened":
		line := strings.TrimSpace(who+" opened pull request") + fmt.Sprintf(" #%d on %s into %s", p.Number, p.Host, p.Base)
		if p.Draft {
			line += ", as a draft"
		}
		return line
	case "ready":
		return name + " is ready for review"
	case "checks_failed":
		if p.Failed == 1 {
			return "1 check failed on " + p.Host
		}
		return fmt.Sprintf("%d checks failed on %s", p.Failed, p.Host)
	case "merged":
		if p.Commit != "" {
			return name + " was merged into " + p.Base + " as " + short(p.Commit)
		}
		return name + " was merged into " + p.Base
	case "reverted":
		return name + " was reverted on " + p.Base
	}
	return name + " was " + p.Change + " on " + p.Host
}

func short(commit string) string { return commit[:min(8, len(commit))] }

// pullMark is the mark of a change of a pull request.
func pullMark(p event.Pull) string {
	switch p.Change {
	case "checks_failed", "reverted":
		return "failed"
	case "merged":
		return "completed"
	}
	return "running"
}

// alarmLine describes an answer that did not come from this server.
func alarmLine(a event.Alarm) string {
	line := "Alarm"
	if a.Permission != "" {
		line += " (" + oneLine(a.Permission+" "+session.Subject(a.Patterns, nil)) + ")"
	}
	if a.Reply != "" {
		line += ": " + replyWords[session.Reply(a.Reply)]
	}
	return line + ": " + oneLine(a.Message)
}

// replyWords are the answers to approvals and questions as people read them.
var replyWords = map[session.Reply]string{session.Once: "allowed once", session.Always: "allowed for this session", session.Reject: "denied", session.Answered: "answered"}

// egressLine describes blocked or opened connections, and how often within a minute.
func egressLine(e event.Egress) string {
	times := ""
	if e.Count > 1 {
		times = " " + ui.Plural(e.Count, "time")
	}
	if e.Refused != "" {
		return "Connection blocked" + times + ": " + oneLine(e.Refused)
	}
	return "Connected" + times + " to " + oneLine(e.Target) + ": " + ui.Bytes(e.Received) + " received, " + ui.Bytes(e.Sent) + " sent"
}

// pushedLine says where a person put the work, and which commit.
func pushedLine(it Item) string {
	line := "Pushed to branch " + oneLine(it.Pushed.Branch)
	if it.Actor.Name != "" {
		line += " by " + it.Actor.Name
	}
	return line + ", commit " + shortCommit(it.Pushed.Commit) + "."
}

// shortCommit is how people see the id of a commit.
func shortCommit(id string) string { return id[:min(len(id), 10)] }

func checksMark(c event.Checks) string {
	if c.Failed > 0 {
		return "failed"
	}
	return "completed"
}

func checksLine(c event.Checks) string {
	if c.Failed == 0 {
		return ui.Plural(int64(c.Passed), "check") + " passed"
	}
	return ui.Count(c.Failed) + " of " + ui.Plural(int64(c.Passed+c.Failed), "check") + " failed"
}

func todoLine(items []event.TodoItem) string {
	done, now := 0, ""
	for _, t := range items {
		switch t.Status {
		case "completed", "cancelled":
			done++
		case "in_progress":
			now = t.Content
		}
	}
	line := "Plan: " + ui.Count(done) + " of " + ui.Count(len(items)) + " done"
	if now != "" {
		line += ", now: " + oneLine(now)
	}
	return line
}

func bases(files []string) []string {
	out := make([]string, 0, len(files))
	for _, f := range files {
		out = append(out, base(f))
	}
	return out
}

// pretty indents JSON; other text is unchanged.
func pretty(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

// question is one of the questions that an agent asks together.
type question struct {
	Question, Header string
	Options          []struct{ Label, Description string }
	Multiple         bool
}

func questions(raw json.RawMessage) []question {
	var qs []question
	_ = json.Unmarshal(raw, &qs)
	return qs
}

// html is the output with a mark between its head and its tail.
func (p printed) html() string {
	if p.tail == "" {
		return p.head
	}
	return p.head + "\n<span class=\"t3\">…</span>\n" + p.tail
}

// askTitle is the heading of an approval or question.
func askTitle(a session.Ask) string {
	if a.Kind == session.Question {
		return "The agent has a question."
	}
	switch a.Permission {
	case "bash":
		return "Allow this session to run a command?"
	case "edit", "write":
		return "Allow this session to edit files?"
	case "webfetch":
		return "Allow this session to open a URL?"
	case "external_directory":
		return "Allow this session to access files outside its working tree?"
	}
	return "Allow this session to use " + ui.Or(oneLine(a.Permission)) + "?"
}

// isLong reports whether a diff's table would leave something out.
func isLong(diff string) bool {
	_, cut := parseDiff(diff)
	for line := range strings.Lines(diff) {
		cut = cut || len(line) > maxDiffLine
	}
	return cut
}

// size says how much there is to read before an approval is answered.
func size(a session.Ask) string {
	return "All of it: " + ui.Plural(int64(utf8.RuneCountInString(a.Subject())), "character")
}
