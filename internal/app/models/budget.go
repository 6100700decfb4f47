package models

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Month returns the team's usage of this month, with one row for each UTC day and model.
func (a *Verbs) Month(ctx context.Context, by tenant.Actor) (days []usage.Day, err error) {
	now := a.k.Clock.Now().UTC()
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(sc *dbkernel.Scope) error {
		days, err = dbmodels.On(sc).UsageDays(ctx, now.Format("2006-01")+"-01", now.Format("2006-01-02"))
		return err
	})
	return days, err
}

// Budget returns the team's budget for this month: the limits, the used amount and the amount reserved by calls in progress.
func (a *Verbs) Budget(ctx context.Context, by tenant.Actor) (b quota.Budget, err error) {
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(sc *dbkernel.Scope) error { b, err = a.ThisMonth(ctx, sc); return err })
	return b, err
}

// ThisMonth is Budget in the caller's transaction. It checks no right.
func (a *Verbs) ThisMonth(ctx context.Context, sc *dbkernel.Scope) (quota.Budget, error) {
	return dbmodels.On(sc).Budget(ctx, quota.MonthOf(a.k.Clock.Now()))
}
