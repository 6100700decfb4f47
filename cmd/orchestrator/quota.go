package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

type quotaCmd struct {
	Tenant                string    `required:"" placeholder:"S" help:"The team's slug."`
	MaxTokensPerMonth     limitFlag `placeholder:"N|none" help:"Weighted tokens the team may use in a UTC month: a cache read counts a tenth. 0 is nothing, none is no limit."`
	MaxCostPerMonth       moneyFlag `placeholder:"DOLLARS|none" help:"What the team's calls may cost in a UTC month."`
	MaxConcurrentSessions *int      `placeholder:"N" help:"How many sessions the team may run at once."`
	MaxQueuedSessions     *int      `placeholder:"N" help:"How many sessions may wait in its queue."`
	Policy                string    `enum:"queue,reject," default:"" help:"What becomes of a start when that many sessions run: queue lets it wait, reject refuses it."`
	MaxStorage            sizeFlag  `placeholder:"SIZE|none" help:"What the team may keep on this host, such as 20GiB: clones, trees, OpenCode's home and kept model calls."`
	MaxRequestsPerMinute  *int      `placeholder:"N" help:"How often the team's API tokens may ask in a minute, all together."`
}

// Run sets what was given and prints how the team's month stands.
func (q quotaCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		t, err := a.TeamBySlug(c.ctx, q.Tenant)
		if err != nil {
			return err
		}
		set := q.wanted()
		if set != (app.Quota{}) {
			if err := a.SetQuota(c.ctx, app.Operator(), t.ID, set); err != nil {
				return err
			}
		}
		return printQuota(c, a, t.ID, q.Tenant)
	})
}

func (q quotaCmd) wanted() app.Quota {
	set := app.Quota{MaxConcurrentSessions: q.MaxConcurrentSessions, MaxQueuedSessions: q.MaxQueuedSessions, Tokens: q.MaxTokensPerMonth.limit,
		Cost: q.MaxCostPerMonth.limit, Storage: q.MaxStorage.limit, Requests: q.MaxRequestsPerMinute}
	if q.Policy != "" {
		reject := q.Policy == "reject"
		set.RefuseWhenFull = &reject
	}
	return set
}

func printQuota(c call, a *app.App, id tenant.ID, slug string) error {
	t, err := a.TeamBySlug(c.ctx, slug)
	if err != nil {
		return err
	}
	b, err := a.BudgetOf(c.ctx, id)
	if err != nil {
		return err
	}
	kept, err := a.StorageOf(c.ctx, id)
	if err != nil {
		return err
	}
	l, err := a.LimitsOf(c.ctx, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.io.out, "%s may run %d sessions at once; a start beyond that %s.\nIts API tokens may ask %d times a minute.\n%s%s",
		t.Name, l.MaxConcurrent, whenFull(l), l.MaxRequests, storageWords(kept), monthWords(b))
	return err
}

func whenFull(l tenant.Limits) string {
	if l.RefuseWhenFull {
		return "is refused"
	}
	return fmt.Sprintf("waits, and %d may", l.MaxQueued)
}

// storageWords are what a team keeps, as a line.
func storageWords(s quota.Storage) string {
	of := "no limit"
	if s.Max != nil {
		of = "limit " + quota.Bytes(*s.Max)
	}
	if s.MeasuredAt.IsZero() {
		return "Storage: not measured yet, " + of + ".\n"
	}
	return fmt.Sprintf("Storage: %s used (clones %s, trees %s, OpenCode %s, model calls %s), %s.\n", quota.Bytes(s.Used()), quota.Bytes(s.Clones),
		quota.Bytes(s.Trees), quota.Bytes(s.Homes), quota.Bytes(s.Calls), of)
}

// monthWords are a team's month as two lines.
func monthWords(b quota.Budget) string {
	line := func(what string, limit *int64, used, held int64, write func(int64) string) string {
		of := "no limit"
		if limit != nil {
			of = "limit " + write(*limit)
		}
		return fmt.Sprintf("%s in %s: %s used, %s held, %s.\n", what, b.Month, write(used), write(held), of)
	}
	return line("Tokens", b.Max.Tokens, b.Used.Tokens, b.Held.Tokens, quota.Count) + line("Cost", b.Max.Cost, b.Used.Cost, b.Held.Cost, quota.Money) +
		"Both free on " + quota.Day(b.Month.Ends()) + ".\n"
}

type budgetListCmd struct{}

// Run lists what teams ask for and nobody has answered.
func (budgetListCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		open, err := a.OpenBudgetRequests(c.ctx)
		if err != nil {
			return err
		}
		if len(open) == 0 {
			_, err = fmt.Fprintln(c.io.out, "Nothing is asked for.")
		}
		for _, o := range open {
			if _, err := fmt.Fprintf(c.io.out, "%s  %s, %s (%s): %s\n  asks for %s\n%s", o.Request.ID, o.Team.Slug, o.Request.AskedByName,
				o.Request.AskedAt.UTC().Format("2 January, 15:04 UTC"), o.Request.Reason, wantedWords(o.Request.Wanted), indented(monthWords(o.Team.Budget))); err != nil {
				return err
			}
		}
		return err
	})
}

func indented(text string) string {
	return "  " + strings.TrimSuffix(strings.ReplaceAll(text, "\n", "\n  "), "  ")
}

func wantedWords(l quota.Limits) string {
	var words []string
	if l.Tokens != nil {
		words = append(words, quota.Count(*l.Tokens)+" tokens a month")
	}
	if l.Cost != nil {
		words = append(words, quota.Money(*l.Cost)+" a month")
	}
	return strings.Join(words, " and ")
}

type budgetAnswer struct {
	Tenant  string `required:"" placeholder:"S" help:"The team's slug."`
	Request string `required:"" placeholder:"ID" help:"The request's id, from budget list."`
	Note    string `placeholder:"TEXT" help:"What the team reads beside the answer."`
}

type answerFunc func(ctx context.Context, by tenant.Actor, t tenant.ID, requestID, note string) (quota.Request, error)

func (b budgetAnswer) answer(c call, how func(*app.App) answerFunc) error {
	return withApp(c, func(a *app.App) error {
		t, err := a.TeamBySlug(c.ctx, b.Tenant)
		if err != nil {
			return err
		}
		r, err := how(a)(c.ctx, app.Operator(), t.ID, b.Request, b.Note)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.io.out, "The request of %s is %s.\n", r.AskedByName, r.Answer)
		return printQuota(c, a, t.ID, b.Tenant)
	})
}

type budgetGrantCmd struct{ budgetAnswer }

// Run raises the limits as asked for; the server takes the paused sessions up by itself.
func (b budgetGrantCmd) Run(c call) error {
	return b.answer(c, func(a *app.App) answerFunc { return a.GrantBudget })
}

type budgetRefuseCmd struct{ budgetAnswer }

// Run answers no.
func (b budgetRefuseCmd) Run(c call) error {
	return b.answer(c, func(a *app.App) answerFunc { return a.RefuseBudget })
}
