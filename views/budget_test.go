package views_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/budget"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// month is a budget in use.
func month() quota.Budget {
	return quota.Budget{Month: quota.MonthOf(now), Max: quota.Limits{Tokens: at(int64(40_000_000)), Cost: at(int64(300_000_000))},
		Used: quota.Amount{Tokens: 29_100_418, Cost: 212_400_000}, Held: quota.Amount{Tokens: 612_000, Cost: 1_900_000}}
}

// monthDays is a use of the month that adds up to about what month says.
func monthDays() (ds []usage.Day) {
	for d := range now.Day() {
		n := int64(700_000 + d*50_000)
		ds = append(ds, usage.Day{Date: now.AddDate(0, 0, -d).Format(time.DateOnly), Model: "anthropic/claude-sonnet-4.5", Calls: n / 9000, Cost: n * 7, Counts: usage.Counts{Input: n, Output: n / 20}})
	}
	return ds
}

func budgetPages() map[string]templ.Component {
	full, none := month(), month()
	full.Used.Tokens, full.Held.Tokens = 40_000_000, 0
	none.Max = quota.Limits{}
	over := month()
	over.Used.Tokens = 41_250_000
	asked := []quota.Request{
		{ID: "2", AskedByName: "Ines Aalto", AskedAt: ago(2 * time.Hour), Wanted: quota.Limits{Tokens: at(int64(60_000_000))}, Reason: "The release needs the whole test matrix rewritten."},
		{ID: "1", AskedByName: "Ines Aalto", AskedAt: ago(20 * 24 * time.Hour), Wanted: quota.Limits{Tokens: at(int64(40_000_000)), Cost: at(int64(300_000_000))}, Reason: longTitle, Answer: quota.Granted, Note: "Until the release.", AnsweredAt: at(ago(19 * 24 * time.Hour))},
	}
	page := func(b quota.Budget, m budget.Month) templ.Component {
		m.Base, m.Budget, m.Days, m.Now = "/t/foundry", b, monthDays(), now
		m.Limits = tenant.Limits{MaxConcurrent: 10, MaxQueued: 500, Running: 3, Ready: 1, MaxRequests: 600}
		if m.Kept.MeasuredAt.IsZero() {
			m.Kept = quota.Storage{Clones: 3 << 30, Trees: 5<<30 + 700<<20, Homes: 412 << 20, Calls: 88 << 20, MeasuredAt: ago(time.Minute), Max: at(int64(20 << 30))}
		}
		if m.CanAsk {
			return budget.Page(formFrame("budget", "Budget"), m)
		}
		return budget.Page(frame("budget", "Budget"), m)
	}
	return map[string]templ.Component{
		"budget":        page(month(), budget.Month{CanAsk: true, Requests: asked}),
		"budget-full":   page(full, budget.Month{CanAsk: true}),
		"budget-over":   page(over, budget.Month{Kept: quota.Storage{Trees: 21 << 30, MeasuredAt: ago(time.Minute), Max: at(int64(20 << 30))}}),
		"budget-none":   page(none, budget.Month{CanAsk: true}),
		"budget-viewer": page(month(), budget.Month{Requests: asked}),
		"budget-faults": page(month(), budget.Month{CanAsk: true, Form: budget.Form{Tokens: "40 million"}, Faults: ui.Faults{"tokens": "\"40 million\" is not a whole number such as 80,000,000.", "reason": "Enter a reason of 3 to 1,000 characters (you entered 0)."}}),
	}
}
