// Package budget draws a team's month: what is used, what calls under way hold, when it frees, where it is going, and the
// requests for more with their answers.
package budget

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Month is what the page of a team's budget shows.
type Month struct {
	// Base is the team's address: /t/acme.
	Base     string
	Budget   quota.Budget
	Kept     quota.Storage
	Limits   tenant.Limits
	Days     []usage.Day
	Requests []quota.Request // newest first
	// CanAsk shows the form; Form is what it holds, Faults what is wrong with it.
	CanAsk bool
	Form   Form
	Faults ui.Faults
	Now    time.Time
}

// Form is a request for more as it was typed.
type Form struct{ Tokens, Cost, Reason string }

// limit is one of the two limits of a month, each figure as it is read.
type limit struct {
	name                            string
	used, held, of, free, ahead     string
	usedPart, heldPart, whole, most int64
	limited, beyond                 bool
}

func (m Month) limits() []limit {
	ahead, known := m.Budget.Forecast(m.Now)
	return []limit{
		newLimit("Tokens", m.Budget.Used.Tokens, m.Budget.Held.Tokens, m.Budget.Max.Tokens, ahead.Tokens, known, ui.Count[int64]),
		newLimit("Cost", m.Budget.Used.Cost, m.Budget.Held.Cost, m.Budget.Max.Cost, ahead.Cost, known, ui.Money),
	}
}

func newLimit(name string, used, held int64, of *int64, ahead int64, known bool, write func(int64) string) limit {
	l := limit{name: name, used: write(used), held: write(held), of: "no limit", free: "no limit", ahead: ui.Dash, usedPart: used, heldPart: held}
	if known {
		l.ahead, l.most = write(ahead), ahead
	}
	if of != nil {
		l.limited, l.whole, l.of, l.free = true, *of, write(*of), write(max(0, *of-used-held))
		if used+held > *of {
			l.free, l.beyond = "−"+write(used+held-*of), true
		}
	}
	return l
}

// over says whether the month is going to need more than there is.
func (l limit) over() bool { return l.limited && l.most > l.whole }

// notice is what is said above the figures: nothing, that four fifths are used, or that all of it is.
func (m Month) notice() (kind, what, more string) {
	switch {
	case m.Budget.UsedUp():
		return "bad", "Nothing more starts this month:", m.Budget.Words() + " Paused sessions go on by themselves then."
	case m.Budget.Notice():
		return "warn", "80 % of this month's budget are used:", m.Budget.Words()
	}
	return "", "", ""
}

// wanted is what a request asks for.
func wanted(l quota.Limits) string {
	switch {
	case l.Tokens != nil && l.Cost != nil:
		return ui.Count(*l.Tokens) + " tokens and " + ui.Money(*l.Cost)
	case l.Tokens != nil:
		return ui.Count(*l.Tokens) + " tokens"
	case l.Cost != nil:
		return ui.Money(*l.Cost)
	}
	return ui.Dash
}

// answer is what became of a request.
func answer(r quota.Request) string {
	if r.Answer == "" {
		return "open"
	}
	return string(r.Answer)
}

// said is the operator's note, or who has to answer yet.
func said(r quota.Request) string {
	if r.Answer == "" {
		return "An admin of this instance answers it."
	}
	return ui.Or(r.Note)
}
