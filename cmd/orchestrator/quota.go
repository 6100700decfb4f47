package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

type quotaCmd struct {
	Tenant                string    `required:"" placeholder:"SLUG" help:"The team's slug."`
	MaxTokensPerMonth     limitFlag `placeholder:"N|none" help:"Maximum weighted tokens per UTC month (a cache read counts as a tenth). '0' blocks all calls; 'none' removes the limit."`
	MaxCostPerMonth       moneyFlag `placeholder:"DOLLARS|none" help:"Maximum cost of model calls per UTC month."`
	MaxConcurrentSessions *int      `placeholder:"N" help:"Maximum number of sessions the team can run at once."`
	MaxQueuedSessions     *int      `placeholder:"N" help:"Maximum number of sessions in the team's queue."`
	Policy                string    `enum:"queue,reject," default:"" placeholder:"queue|reject" help:"What to do with new sessions above the limit: queue or reject."`
	MaxStorage            sizeFlag  `placeholder:"SIZE|none" help:"Maximum storage on this host, for example 20GiB. This covers clones, working trees, OpenCode's home directory and stored model calls."`
	MaxRequestsPerMinute  *int      `placeholder:"N" help:"Maximum API requests per minute, across all the team's tokens."`
	MaxTokensPerSession   limitFlag `placeholder:"N|none" help:"Maximum weighted tokens of a session whose creator sets no limit."`
	MaxCostPerSession     moneyFlag `placeholder:"DOLLARS|none" help:"Maximum cost of a session whose creator sets no limit."`
	MaxMemoryPerSession   sizeFlag  `placeholder:"SIZE|none" help:"Maximum memory of all processes of a session whose creator sets no limit, for example 2GiB. Requires control groups."`
	MaxCPUPerSession      limitFlag `name:"max-cpu-milli-per-session" placeholder:"N|none" help:"Maximum CPU of all processes of a session whose creator sets no limit, in thousandths of a CPU core. Requires control groups."`
	MaxTasksPerSession    limitFlag `placeholder:"N|none" help:"Maximum number of processes and threads of a session whose creator sets no limit. Requires control groups."`
	MaxRepeats            *int      `placeholder:"N" help:"Number of repeats at which a session is paused, 3 to 10."`
	MaxAgents             *int      `placeholder:"N" help:"Maximum number of agents in the team's registry, 0 to 10,000."`
}

// Run sets the limits that were passed and prints the team's limits and usage.
func (q quotaCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		t, err := a.People.TeamBySlug(c.ctx, q.Tenant)
		if err != nil {
			return err
		}
		set := q.changes()
		if set != (appconsole.Quota{}) {
			if err := a.Console.SetQuota(c.ctx, appkernel.Operator(), t.ID, set); err != nil {
				return err
			}
		}
		return printQuota(c, a, t.ID, q.Tenant)
	})
}

func (q quotaCmd) changes() appconsole.Quota {
	set := appconsole.Quota{MaxConcurrentSessions: q.MaxConcurrentSessions, MaxQueuedSessions: q.MaxQueuedSessions, Tokens: q.MaxTokensPerMonth.limit,
		Cost: q.MaxCostPerMonth.limit, Storage: q.MaxStorage.limit, Requests: q.MaxRequestsPerMinute, Agents: q.MaxAgents,
		Session: quota.SessionLimits{Tokens: q.MaxTokensPerSession.limit, Cost: q.MaxCostPerSession.limit, Repeats: q.MaxRepeats,
			Memory: q.MaxMemoryPerSession.limit, CPU: q.MaxCPUPerSession.limit, Tasks: q.MaxTasksPerSession.limit}}
	if q.Policy != "" {
		reject := q.Policy == "reject"
		set.RefuseWhenFull = &reject
	}
	return set
}

func printQuota(c call, a *app.App, id tenant.ID, slug string) error {
	t, err := a.People.TeamBySlug(c.ctx, slug)
	if err != nil {
		return err
	}
	b, err := a.Console.BudgetOf(c.ctx, id)
	if err != nil {
		return err
	}
	kept, err := a.Models.StorageOf(c.ctx, id)
	if err != nil {
		return err
	}
	l, err := a.People.LimitsOf(c.ctx, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.io.out, "%s can run up to %s at once. %s\nAPI requests: up to %d per minute.\nAgents: up to %s.\n%s%s%s",
		t.Name, countOf(l.MaxConcurrent, "session"), describePolicy(l), l.MaxRequests, quota.Count(int64(l.MaxAgents)), describeSessionLimits(l), describeStorage(kept), describeMonth(b))
	return err
}

func describePolicy(l tenant.Limits) string {
	if l.RefuseWhenFull {
		return "Further sessions are rejected."
	}
	return fmt.Sprintf("Up to %d more can wait in the queue.", l.MaxQueued)
}

// describeSessionLimits writes the limits of a team's sessions as one line.
func describeSessionLimits(l tenant.Limits) string {
	return fmt.Sprintf("A session: %s unless its creator sets a limit; stopped after %d repeats.\n%s", quota.Limits{Tokens: l.SessionTokens, Cost: l.SessionCost}.Words(), l.MaxRepeats, describeResources(l.Session))
}

// describeResources writes what a session may take of the host as one line, or nothing if it has no limits.
func describeResources(r tenant.Resources) string {
	var words []string
	if r.Memory != nil {
		words = append(words, quota.Bytes(*r.Memory)+" of memory")
	}
	if r.CPU != nil {
		words = append(words, fmt.Sprintf("%g CPU cores", float64(*r.CPU)/1000))
	}
	if r.Tasks != nil {
		words = append(words, quota.Count(*r.Tasks)+" processes and threads")
	}
	if len(words) == 0 {
		return ""
	}
	return "The processes of a session: " + strings.Join(words, ", ") + ".\n"
}

// countOf writes a number with its noun, such as "1 session" or "3 sessions".
func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// describeStorage writes a team's storage usage as one line.
func describeStorage(s quota.Storage) string {
	of := "no limit"
	if s.Max != nil {
		of = "limit " + quota.Bytes(*s.Max)
	}
	if s.MeasuredAt.IsZero() {
		return "Storage: not measured yet (" + of + ").\n"
	}
	return fmt.Sprintf("Storage: %s used (clones %s, working trees %s, OpenCode %s, model calls %s), %s.\n", quota.Bytes(s.Used()), quota.Bytes(s.Clones),
		quota.Bytes(s.Trees), quota.Bytes(s.Homes), quota.Bytes(s.Calls), of)
}

// describeMonth writes a team's usage this month as three lines.
func describeMonth(b quota.Budget) string {
	line := func(what string, limit *int64, used, held int64, write func(int64) string) string {
		of := "no limit"
		if limit != nil {
			of = "limit " + write(*limit)
		}
		return fmt.Sprintf("%s in %s: %s used, %s reserved, %s.\n", what, b.Month, write(used), write(held), of)
	}
	return line("Tokens", b.Max.Tokens, b.Used.Tokens, b.Held.Tokens, quota.Count) + line("Cost", b.Max.Cost, b.Used.Cost, b.Held.Cost, quota.Money) +
		"Both reset on " + quota.Day(b.Month.Ends()) + ".\n"
}

type budgetListCmd struct{}

// Run lists the requests that nobody has answered yet.
func (budgetListCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		open, err := a.Console.OpenBudgetRequests(c.ctx)
		if err != nil {
			return err
		}
		if len(open) == 0 {
			_, err = fmt.Fprintln(c.io.out, "No open budget requests.")
		}
		for _, o := range open {
			if _, err := fmt.Fprintf(c.io.out, "%s  %s, %s (%s): %s\n  Requested limits: %s\n%s", o.Request.ID, o.Team.Slug, o.Request.AskedByName,
				o.Request.AskedAt.UTC().Format("2 Jan, 15:04 UTC"), o.Request.Reason, describeLimits(o.Request.Wanted), indent(describeMonth(o.Team.Budget))); err != nil {
				return err
			}
		}
		return err
	})
}

func indent(text string) string {
	return "  " + strings.TrimSuffix(strings.ReplaceAll(text, "\n", "\n  "), "  ")
}

func describeLimits(l quota.Limits) string {
	var words []string
	if l.Tokens != nil {
		words = append(words, quota.Count(*l.Tokens)+" tokens per month")
	}
	if l.Cost != nil {
		words = append(words, quota.Money(*l.Cost)+" per month")
	}
	return strings.Join(words, " and ")
}

type budgetAnswer struct {
	Tenant  string `required:"" placeholder:"SLUG" help:"The team's slug."`
	Request string `required:"" placeholder:"ID" help:"ID of the request, as printed by 'orchestrator budget list'."`
	Note    string `placeholder:"TEXT" help:"A note to the team, shown with the answer."`
}

type answerFunc func(ctx context.Context, by tenant.Actor, t tenant.ID, requestID, note string) (quota.Request, error)

func (b budgetAnswer) answer(c call, how func(*app.App) answerFunc) error {
	return withApp(c, func(a *app.App) error {
		t, err := a.People.TeamBySlug(c.ctx, b.Tenant)
		if err != nil {
			return err
		}
		r, err := how(a)(c.ctx, appkernel.Operator(), t.ID, b.Request, b.Note)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.io.out, "The request from %s was %s.\n", r.AskedByName, pastTense(r.Answer))
		return printQuota(c, a, t.ID, b.Tenant)
	})
}

type budgetGrantCmd struct{ budgetAnswer }

// pastTense says what happened to an answered request.
func pastTense(a quota.Answer) string {
	if a == quota.Granted {
		return "granted"
	}
	return "refused"
}

// Run raises the limits as requested. The server resumes the paused sessions on its own.
func (b budgetGrantCmd) Run(c call) error {
	return b.answer(c, func(a *app.App) answerFunc { return a.Console.GrantBudget })
}

type budgetRefuseCmd struct{ budgetAnswer }

// Run declines the request.
func (b budgetRefuseCmd) Run(c call) error {
	return b.answer(c, func(a *app.App) answerFunc { return a.Console.RefuseBudget })
}
