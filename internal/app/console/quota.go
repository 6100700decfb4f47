package console

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Quota is what an operator sets of a team; nil leaves a limit as it is, and a limit set to nil is none.
type Quota struct {
	MaxConcurrentSessions, MaxQueuedSessions *int
	Tokens, Cost                             **int64
	Storage                                  **int64 // bytes
	Requests                                 *int    // of its API tokens in a minute
	// RefuseWhenFull refuses a start at a full concurrency quota instead of queueing it.
	RefuseWhenFull *bool
}

// SetQuota sets a team's quotas from outside of it, and writes it to the team's audit log. Sessions that were paused for
// want of the budget go on by themselves.
func (a *Verbs) SetQuota(ctx context.Context, by tenant.Actor, t tenant.ID, q Quota) error {
	if err := appkernel.MayOperate(by); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		if err := a.setSessions(ctx, sc, q); err != nil {
			return err
		}
		if err := a.setMonth(ctx, sc, q); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Budgets); a.k.Hub.RingBell(appkernel.Queue) })
		return a.k.Audit(ctx, sc, by, "set_quota", string(t), q.words())
	})
}

func (a *Verbs) setSessions(ctx context.Context, sc *dbkernel.Scope, q Quota) error {
	l, err := dbwork.On(sc).Limits(ctx)
	if err != nil {
		return err
	}
	return dbwork.On(sc).SetLimits(ctx, tenant.Limits{MaxConcurrent: or(q.MaxConcurrentSessions, l.MaxConcurrent), MaxQueued: or(q.MaxQueuedSessions, l.MaxQueued),
		RefuseWhenFull: or(q.RefuseWhenFull, l.RefuseWhenFull), MaxRequests: or(q.Requests, l.MaxRequests), MaxStorage: or(q.Storage, l.MaxStorage)})
}

func (a *Verbs) setMonth(ctx context.Context, sc *dbkernel.Scope, q Quota) error {
	b, err := a.models.ThisMonth(ctx, sc)
	if err != nil {
		return err
	}
	return dbwork.On(sc).SetMonthLimits(ctx, quota.Limits{Tokens: or(q.Tokens, b.Max.Tokens), Cost: or(q.Cost, b.Max.Cost)})
}

func or[T any](set *T, is T) T {
	if set == nil {
		return is
	}
	return *set
}

// bounded are the limits that are numbers in each case, open those that may be none; each as it is called everywhere.
func (q Quota) bounded() []namedLimit[int] {
	return []namedLimit[int]{{quota.ConcurrentSessions, q.MaxConcurrentSessions}, {quota.QueuedSessions, q.MaxQueuedSessions}, {quota.RequestsPerMinute, q.Requests}}
}

func (q Quota) open() []namedLimit[*int64] {
	return []namedLimit[*int64]{{quota.TokensPerMonth, q.Tokens}, {quota.CostPerMonth, q.Cost}, {quota.StorageBytes, q.Storage}}
}

type namedLimit[T any] struct {
	name string
	to   *T
}

func (q Quota) check() error {
	var f fault.Fields
	for _, n := range q.bounded() {
		if n.to != nil && (*n.to < 0 || *n.to > 1_000_000) {
			f.Add(n.name, "This limit is 0 to 1,000,000; %d is not.", *n.to)
		}
	}
	for _, n := range q.open() {
		if n.to != nil && *n.to != nil && (**n.to < 0 || **n.to > quota.MaxLimit) {
			f.Add(n.name, "This limit is 0 to %s; %d is not. No limit is none, not a huge number.", quota.Count(quota.MaxLimit), **n.to)
		}
	}
	return f.Err()
}

// words are what the audit log says of a change.
func (q Quota) words() string {
	var out []string
	for _, n := range q.bounded() {
		if n.to != nil {
			out = append(out, n.name+" = "+quota.Count(int64(*n.to)))
		}
	}
	for _, n := range q.open() {
		if n.to != nil {
			out = append(out, n.name+" = "+limitWord(*n.to))
		}
	}
	if q.RefuseWhenFull != nil {
		out = append(out, "when full = "+map[bool]string{false: "queue", true: "reject"}[*q.RefuseWhenFull])
	}
	return strings.Join(out, ", ")
}

func limitWord(n *int64) string {
	if n == nil {
		return "none"
	}
	return quota.Count(*n)
}
