// Package overview renders the current work of a team: what runs, what waits and why, what needs a person, and the cost.
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

// Overview is the first page of a team; every figure comes from the database.
type Overview struct {
	// Base is the team's URL: /t/acme. By is the reader.
	Base   string
	By     tenant.Actor
	Counts map[session.Status]int64
	Limits tenant.Limits
	// NeedsYou counts what the reader can answer, Asks what waits in the team.
	NeedsYou, Asks            int64
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
	return ui.Count(o.Counts[session.Queued]) + " queued, " + ui.Count(o.Counts[session.Paused]+o.Counts[session.Pending]) + " on hold"
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
	return ui.Count(ok) + " completed, " + ui.Count(partial) + " partial, " + ui.Count(o.ended()-ok-partial) + " failed"
}

// needsLabel is the heading of what waits for a person: only people who can answer are told "you".
func (o Overview) needsLabel() string {
	if o.By.Can(tenant.AnswerPermission) {
		return "Needs you"
	}
	return "Open questions"
}

// needs is the count below needsLabel.
func (o Overview) needs() int64 {
	if o.By.Can(tenant.AnswerPermission) {
		return o.NeedsYou
	}
	return o.Asks
}

// oldest is how long the oldest approval or question that needs counts has been waiting.
func (o Overview) oldest() string {
	asks := o.Needs
	if mine, _ := divide(o.By, o.Needs); o.By.Can(tenant.AnswerPermission) {
		asks = mine
	}
	if len(asks) == 0 {
		return "nothing waiting"
	}
	first := asks[0].Ask.AskedAt
	for _, a := range asks {
		if a.Ask.AskedAt.Before(first) {
			first = a.Ask.AskedAt
		}
	}
	return "oldest: " + ui.Span(o.Now.Sub(first))
}

// month sums this month's usage; costToday is today's part of the cost.
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

// ofTokens is the month's limit as the small unit of its figure.
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

// free is the number of tokens that are neither used nor reserved.
func (o Overview) free() string { return ui.Limit(o.Budget.Left().Tokens) }

// ahead is the forecast of tokens for the end of the month.
func (o Overview) ahead() string {
	if a, known := o.Budget.Forecast(o.Now); known {
		return ui.Count(a.Tokens)
	}
	return ui.Dash
}

// warned reports whether the page warns about the budget.
func (o Overview) warned() bool {
	return o.By.Can(tenant.AskBudget) && (o.Budget.Notice() || o.Budget.UsedUp())
}

// doing is what an active session is doing, or what is wrong with it.
func doing(s session.Session) string {
	switch {
	case s.WaitingFor != "":
		return "waiting for an answer"
	case s.Status == session.Degraded && s.Reason.Message != "":
		return s.Reason.Message
	}
	return ui.Or(s.Doing)
}

// outcome is the result of a session.
func outcome(s session.Session) string {
	switch {
	case s.Reason.Message != "":
		return s.Reason.Message
	case s.Checks.Failed > 0:
		return ui.FailedChecks(s.Checks)
	case s.FilesChanged > 0:
		return ui.Plural(int64(s.FilesChanged), "file") + ", +" + ui.Count(s.Additions) + " −" + ui.Count(s.Deletions)
	}
	return "no changes"
}

// why is the reason for which a session waits.
func (o Overview) why(s session.Session) string {
	if q := o.Queue[s.ID]; q.Reason != "" {
		return q.Reason
	}
	return ui.Or(s.Reason.Message)
}

// waitsForReader reports whether a session waits for an answer that the reader can give.
func (o Overview) waitsForReader(s session.Session) bool {
	return s.WaitingFor != "" && o.By.CanOn(tenant.AnswerPermission, s.CreatedBy)
}

// markOf is the mark of an active session: a diamond while it waits for the reader.
func (o Overview) markOf(s session.Session) string {
	if o.waitsForReader(s) {
		return "attn"
	}
	return string(s.Status)
}
