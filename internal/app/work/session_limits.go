package work

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SetSessionLimits changes what the team's sessions may use unless their creators say otherwise, and how many repeats stop one, for a
// lead. Sessions that exist keep their limits.
func (a *Verbs) SetSessionLimits(ctx context.Context, by tenant.Actor, c quota.SessionLimits) error {
	if err := c.Check(); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.SetLimits, func(sc *dbkernel.Scope) error {
		l, err := dbpeople.On(sc).Limits(ctx)
		if err != nil {
			return err
		}
		if err := dbwork.On(sc).SetLimits(ctx, c.Apply(l)); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, "set_session_limits", string(by.Tenant), strings.Join(c.Detail(), ", "))
	})
}

// applyLimits gives a new session its team's limits where its creator set none. A higher limit, or no limit at all, requires a lead,
// unless the team has no limit.
func applyLimits(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s *session.Session) error {
	l, err := dbpeople.On(sc).Limits(ctx)
	if err != nil {
		return err
	}
	for _, x := range []struct {
		limit **int64
		none  bool
		team  *int64
		of    string
	}{{&s.MaxTokens, s.NoMaxTokens, l.SessionTokens, "token"}, {&s.MaxCostMicroUSD, s.NoMaxCost, l.SessionCost, "cost"}} {
		switch {
		case *x.limit == nil && !x.none:
			*x.limit = x.team
		case x.team == nil || by.Can(tenant.SetLimits):
		case x.none:
			return fault.New(fault.Forbidden, "Only a lead can create a session without a %s limit. Leave the limit out to use the team's, or enter a number.", x.of)
		case **x.limit > *x.team:
			return fault.New(fault.Forbidden, "Only a lead can set a %s limit above the team's, which is %s (you entered %s).", x.of, quota.Count(*x.team), quota.Count(**x.limit))
		}
	}
	s.Resources = s.Resources.Or(l.Session)
	return nil
}

// Resources reads what the processes of a session may take of the host. Those of a spare may take what a session may whose creator sets no
// limits.
func (a *Verbs) Resources(ctx context.Context, t tenant.ID, id session.ID) (r tenant.Resources, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		if id.IsSpare() {
			l, err := dbpeople.On(sc).Limits(ctx)
			r = l.Session
			return err
		}
		s, err := dbwork.On(sc).Session(ctx, id)
		r = s.Resources
		return err
	})
	return r, err
}
