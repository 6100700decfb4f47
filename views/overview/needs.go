package overview

import (
	"encoding/json"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

func sessionPath(base string, a session.OpenAsk) string {
	return base + "/sessions/" + string(a.Session.ID)
}

// divide separates what the reader can answer from what waits for others; both keep their order.
func divide(by tenant.Actor, asks []session.OpenAsk) (mine, others []session.OpenAsk) {
	for _, a := range asks {
		if mayAnswer(by, a) {
			mine = append(mine, a)
		} else {
			others = append(others, a)
		}
	}
	return mine, others
}

func mayAnswer(by tenant.Actor, a session.OpenAsk) bool {
	return by.CanOn(tenant.AnswerPermission, a.Session.CreatedBy)
}

// listed counts what the first heading is about: what the reader can answer or, for people who cannot answer anything, all.
func listed(by tenant.Actor, asks, mine []session.OpenAsk) int {
	if by.Can(tenant.AnswerPermission) {
		return len(mine)
	}
	return len(asks)
}

// whoAnswers names the people who can answer.
func whoAnswers(a session.OpenAsk) string {
	return ui.Or(a.Session.CreatedByName) + " or a lead can answer."
}

// isDecidable reports whether the row of an approval has buttons: only if the reader can answer, and sees in the row everything that
// they would allow. An edit is seen on the session's page only.
func isDecidable(by tenant.Actor, a session.OpenAsk) bool {
	return a.Ask.Kind == session.Approval && mayAnswer(by, a) && a.Ask.Diff() == "" && about(a.Ask) != ""
}

// sentence says what the agent wants, above the command, the file or the question, or why the session was paused.
func sentence(o session.OpenAsk) string {
	a := o.Ask
	subject := a.Subject()
	switch {
	case a.Kind == session.LoopStop:
		return o.Session.Reason.Message + " How should it continue?"
	case a.Kind == session.Question:
		return "The agent has a question:"
	case !ui.FitsRow(subject):
		return "The agent wants to use " + a.Permission + " with " + ui.Plural(int64(len([]rune(subject))), "character") + ", shown in the session."
	}
	switch a.Permission {
	case "bash":
		return "The agent wants to run:"
	case "edit", "write":
		return "The agent wants to edit:"
	}
	return "The agent wants to use " + a.Permission + ":"
}

// about is the command, the file or the questions, whole; it is empty if that does not fit in a row.
func about(a session.Ask) string {
	words := a.Subject()
	if a.Kind == session.Question {
		words = asked(a.Questions)
	}
	if !ui.FitsRow(words) {
		return ""
	}
	return words
}

// asked are the texts of an agent's questions, one a line.
func asked(questions json.RawMessage) (lines string) {
	var qs []struct{ Question string }
	_ = json.Unmarshal(questions, &qs)
	for i, q := range qs {
		if i > 0 {
			lines += "\n"
		}
		lines += q.Question
	}
	return lines
}

// nothingNeeds is what an empty list says: only people who can answer are told "you".
func nothingNeeds(by tenant.Actor) string {
	if by.Can(tenant.AnswerPermission) {
		return "Nothing needs your attention."
	}
	return "Nothing is waiting for an answer."
}
