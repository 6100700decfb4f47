package console

import (
	"context"
	"errors"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Quota is a change of a team's limits. A nil field leaves its limit unchanged; a limit set to nil is removed.
type Quota struct {
	MaxConcurrentSessions, MaxQueuedSessions *int
	Tokens, Cost                             **int64
	Storage                                  **int64 // bytes
	Requests                                 *int    // of its API tokens per minute
	Agents                                   *int    // of its registry
	// RefuseWhenFull refuses a start at the limit of running sessions instead of queueing it.
	RefuseWhenFull *bool
	// Session are the limits of the team's sessions.
	Session quota.SessionLimits
}

// SetQuota changes a team's limits, for an admin, and writes the change to the team's audit log. Sessions that were paused because of
// the old limits resume.
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
		return a.k.Audit(ctx, sc, by, "set_quota", string(t), q.detail())
	})
}

func (a *Verbs) setSessions(ctx context.Context, sc *dbkernel.Scope, q Quota) error {
	l, err := dbpeople.On(sc).Limits(ctx)
	if err != nil {
		return err
	}
	l.MaxConcurrent, l.MaxQueued = valueOr(q.MaxConcurrentSessions, l.MaxConcurrent), valueOr(q.MaxQueuedSessions, l.MaxQueued)
	l.MaxRequests, l.MaxStorage = valueOr(q.Requests, l.MaxRequests), valueOr(q.Storage, l.MaxStorage)
	l.RefuseWhenFull, l.MaxAgents = valueOr(q.RefuseWhenFull, l.RefuseWhenFull), valueOr(q.Agents, l.MaxAgents)
	return dbwork.On(sc).SetLimits(ctx, q.Session.Apply(l))
}

func (a *Verbs) setMonth(ctx context.Context, sc *dbkernel.Scope, q Quota) error {
	b, err := a.models.ThisMonth(ctx, sc)
	if err != nil {
		return err
	}
	return dbwork.On(sc).SetMonthLimits(ctx, quota.Limits{Tokens: valueOr(q.Tokens, b.Max.Tokens), Cost: valueOr(q.Cost, b.Max.Cost)})
}

// valueOr returns the new value, or the current one if there is none.
func valueOr[T any](set *T, current T) T {
	if set == nil {
		return current
	}
	return *set
}

// fixedLimits returns the limits that must have a value, with their names.
func (q Quota) fixedLimits() []namedLimit[int] {
	return []namedLimit[int]{{quota.ConcurrentSessions, q.MaxConcurrentSessions}, {quota.QueuedSessions, q.MaxQueuedSessions}, {quota.RequestsPerMinute, q.Requests}, {quota.Agents, q.Agents}}
}

// openLimits returns the limits that can be removed, with their names.
func (q Quota) openLimits() []namedLimit[*int64] {
	return []namedLimit[*int64]{{quota.TokensPerMonth, q.Tokens}, {quota.CostPerMonth, q.Cost}, {quota.StorageBytes, q.Storage}}
}

type namedLimit[T any] struct {
	name string
	to   *T
}

func (q Quota) check() error {
	var f fault.Fields
	for _, n := range q.fixedLimits() {
		most := 1_000_000
		if n.name == quota.Agents {
			most = quota.MostAgents
		}
		if n.to != nil && (*n.to < 0 || *n.to > most) {
			f.Add(n.name, "Enter a limit from 0 to %s (you entered %d).", quota.Count(int64(most)), *n.to)
		}
	}
	for _, n := range q.openLimits() {
		if n.to != nil && *n.to != nil && (**n.to < 0 || **n.to > quota.MaxLimit) {
			f.Add(n.name, "Enter a limit from 0 to %s, or none for no limit (you entered %d).", quota.Count(quota.MaxLimit), **n.to)
		}
	}
	var more fault.Fields
	if errors.As(q.Session.Check(), &more) {
		f = append(f, more...)
	}
	return f.Err()
}

// detail returns the audit detail of the change.
func (q Quota) detail() string {
	var out []string
	for _, n := range q.fixedLimits() {
		if n.to != nil {
			out = append(out, n.name+" = "+quota.Count(int64(*n.to)))
		}
	}
	for _, n := range q.openLimits() {
		if n.to != nil {
			out = append(out, n.name+" = "+formatLimit(*n.to))
		}
	}
	out = append(out, q.Session.Detail()...)
	if q.RefuseWhenFull != nil {
		out = append(out, "when full = "+map[bool]string{false: "queue", true: "reject"}[*q.RefuseWhenFull])
	}
	return strings.Join(out, ", ")
}

func formatLimit(n *int64) string {
	if n == nil {
		return "none"
	}
	return quota.Count(*n)
}
