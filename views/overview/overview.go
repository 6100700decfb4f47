// Package overview draws what a team's work looks like now: what runs, what waits and why, what needs a person, what it cost.
package overview

import (
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Overview is what the first page of a team shows; every figure comes from the database.
type Overview struct {
	// Base is the team's address: /t/acme. By is who looks.
	Base                      string
	By                        tenant.Actor
	Counts                    map[session.Status]int64
	Limits                    tenant.Limits
	NeedsYou                  int64
	Needs                     []session.OpenAsk
	Troubled, Active, Waiting []session.Session
	Queue                     map[session.ID]session.Queue
	EndedToday                []session.Session
	EndedCounts               map[session.Status]int64
	// Days are this month's use, in any order.
	Days   []usage.Day
	Budget quota.Budget
	Now    time.Time
}

func (o Overview) session(id session.ID) string { return o.Base + "/sessions/" + string(id) }

func (o Overview) list(ss ...session.Status) string {
	var words []string
	for _, s := range ss {
		words = append(words, string(s))
	}
	return o.Base + "/sessions?status=" + strings.Join(words, ",")
}

func (o Overview) active() int64 { return o.Counts[session.Running] + o.Counts[session.Degraded] }

func (o Overview) waiting() int64 {
	return o.Counts[session.Queued] + o.Counts[session.Paused] + o.Counts[session.Pending]
}

func (o Overview) waitingWords() string {
	return ui.Count(o.Counts[session.Queued]) + " queued, " + ui.Count(o.Counts[session.Paused]+o.Counts[session.Pending]) + " held back"
}

func (o Overview) ended() (n int64) {
	for _, c := range o.EndedCounts {
		n += c
	}
	return n
}

func (o Overview) endedWords() string {
	c := o.EndedCounts
	ok, partial := c[session.Completed], c[session.PartiallyCompleted]
	return ui.Count(ok) + " ok, " + ui.Count(partial) + " partial, " + ui.Count(o.ended()-ok-partial) + " not"
}

// oldest says how long the oldest question waits.
func (o Overview) oldest() string {
	if len(o.Needs) == 0 {
		return "nothing waits"
	}
	first := o.Needs[0].Ask.AskedAt
	for _, a := range o.Needs {
		if a.Ask.AskedAt.Before(first) {
			first = a.Ask.AskedAt
		}
	}
	return "oldest: " + ui.Span(o.Now.Sub(first))
}

// month sums this month's use; today is what of it is today's.
func (o Overview) month() (tokens, cost, costToday int64) {
	today := o.Now.UTC().Format(time.DateOnly)
	for _, d := range o.Days {
		tokens += d.Counts.Weighted()
		cost += d.Cost
		if d.Date == today {
			costToday += d.Cost
		}
	}
	return tokens, cost, costToday
}

func (o Overview) calls() (n int64) {
	for _, d := range o.Days {
		n += d.Calls
	}
	return n
}

// ofTokens is the month's limit as the small unit beside its figure.
func (o Overview) ofTokens() string {
	if o.Budget.Max.Tokens == nil {
		return ""
	}
	return "of " + ui.Rough(*o.Budget.Max.Tokens)
}

func (o Overview) ofCost() string {
	if o.Budget.Max.Cost == nil {
		return "no limit"
	}
	return "of " + ui.Money(*o.Budget.Max.Cost)
}

// free is what of the month's tokens nothing uses or holds.
func (o Overview) free() string { return ui.Limit(o.Budget.Left().Tokens) }

// ahead is the month's end in tokens if it goes on like this.
func (o Overview) ahead() string {
	if a, known := o.Budget.Forecast(o.Now); known {
		return ui.Count(a.Tokens)
	}
	return ui.Dash
}

// warned says whether leads are told how far the budget is used.
func (o Overview) warned() bool {
	return o.By.Can(tenant.AskBudget) && (o.Budget.Notice() || o.Budget.UsedUp())
}

// doing is what an active session does now, or what is wrong with it.
func doing(s session.Session) string {
	switch {
	case s.WaitingFor != "":
		return "waits for an answer"
	case s.Status == session.Degraded && s.Reason.Message != "":
		return s.Reason.Message
	}
	return ui.Or(s.Doing)
}

// outcome is what became of an ended session.
func outcome(s session.Session) string {
	switch {
	case s.Reason.Message != "":
		return s.Reason.Message
	case s.FilesChanged > 0:
		return ui.Plural(int64(s.FilesChanged), "file") + ", +" + ui.Count(s.Additions) + " −" + ui.Count(s.Deletions)
	}
	return "nothing changed"
}

// why says what a waiting session waits for.
func (o Overview) why(s session.Session) string {
	if q := o.Queue[s.ID]; q.Reason != "" {
		return q.Reason
	}
	return ui.Or(s.Reason.Message)
}

// markOf is the mark of an active row: a diamond while it waits for a person.
func markOf(s session.Session) string {
	if s.WaitingFor != "" {
		return "attn"
	}
	return string(s.Status)
}
