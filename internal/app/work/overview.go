package work

import (
	"context"
	"time"

	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Overview has the data of the overview page, read in one transaction.
type Overview struct {
	Counts           map[session.Status]int64
	Limits           tenant.Limits
	NeedsYou         []session.OpenAsk
	Active, Waiting  []session.Session
	WaitingQueue     map[session.ID]session.Queue
	EndedToday       []session.Session
	EndedTodayCounts map[session.Status]int64
	Troubled         []session.Session // failed, timed out or orphaned in the last seven days, newest first
	Days             []usage.Day       // this month
	Budget           quota.Budget
	Now              time.Time
}

var (
	activeStatuses   = []session.Status{session.Running, session.Degraded}
	waitingStatuses  = []session.Status{session.Queued, session.Paused}
	troubledStatuses = []session.Status{session.Failed, session.Timeout, session.Orphaned}
	endedStatuses    = []session.Status{session.Completed, session.PartiallyCompleted, session.Failed, session.Timeout, session.Stopped, session.Cancelled, session.Orphaned}
)

// overviewRows is the largest number of rows in each list of the overview.
const overviewRows = 20

// Overview returns the team's overview.
func (a *Verbs) Overview(ctx context.Context, by tenant.Actor) (o Overview, err error) {
	o.Now = a.k.Clock.Now()
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error {
		if o.Counts, err = dbwork.On(sc).Counts(ctx); err != nil {
			return err
		}
		if o.Limits, err = dbpeople.On(sc).Limits(ctx); err != nil {
			return err
		}
		if o.NeedsYou, err = readNeeds(ctx, sc, overviewRows); err != nil {
			return err
		}
		if o.Days, err = dbmodels.On(sc).UsageDays(ctx, o.Now.Format("2006-01")+"-01", o.Now.Format("2006-01-02")); err != nil {
			return err
		}
		if o.Budget, err = a.models.ThisMonth(ctx, sc); err != nil {
			return err
		}
		return a.overviewLists(ctx, sc, by, &o)
	})
	return o, err
}

func (a *Verbs) overviewLists(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, o *Overview) (err error) {
	midnight := o.Now.Truncate(24 * time.Hour)
	lists := []struct {
		into *[]session.Session
		f    session.Filter
	}{
		{&o.Active, session.Filter{Statuses: activeStatuses}},
		{&o.Waiting, session.Filter{Statuses: waitingStatuses}},
		{&o.Troubled, session.Filter{Statuses: troubledStatuses, EndedSince: o.Now.AddDate(0, 0, -7)}},
		{&o.EndedToday, session.Filter{Statuses: endedStatuses, EndedSince: midnight}},
	}
	for _, l := range lists {
		l.f.Limit = overviewRows
		if *l.into, _, err = dbwork.On(sc).Sessions(ctx, l.f); err != nil {
			return err
		}
	}
	if o.EndedTodayCounts, err = dbwork.On(sc).EndedCounts(ctx, midnight); err != nil {
		return err
	}
	o.WaitingQueue, err = a.readQueues(ctx, sc, by, o.Waiting)
	return err
}
