// Package budget renders a team's month: what is used, what calls in progress reserve, when the limit resets, the forecast, and
// the requests for more budget with their answers.
package budget

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Month is the page of a team's budget.
type Month struct {
	// Base is the team's URL: /t/acme.
	Base     string
	Budget   quota.Budget
	Kept     quota.Storage
	Limits   tenant.Limits
	Days     []usage.Day
	Requests []quota.Request // newest first
	// CanAsk shows the form; Form is its values, Faults its errors.
	CanAsk bool
	Form   Form
	Faults ui.Faults
	Now    time.Time
}

// Form is a request for more budget as the person typed it.
type Form struct{ Tokens, Cost, Reason string }

// limit is one of the two limits of a month, with formatted figures.
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

// over reports whether the forecast exceeds the limit.
func (l limit) over() bool { return l.limited && l.most > l.whole }

// notice is the message above the figures: none, that 80 percent are used, or that the budget is used up.
func (m Month) notice() (kind, what, more string) {
	switch {
	case m.Budget.UsedUp():
		return "bad", "No more sessions can start this month:", m.Budget.Words() + " Paused sessions then resume automatically."
	case m.Budget.Notice():
		return "warn", "80% of this month's budget has been used:", m.Budget.Words()
	}
	return "", "", ""
}

// wanted describes the values that a request asks for.
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

// answer is the state of a request.
func answer(r quota.Request) string {
	if r.Answer == "" {
		return "open"
	}
	return string(r.Answer)
}

// note is the admin's note, or who still has to answer.
func note(r quota.Request) string {
	if r.Answer == "" {
		return "Waiting for an admin."
	}
	return ui.Or(r.Note)
}
