package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// notifyBudget notifies the leads once a month when 80% of a limit is used.
func (a *Verbs) notifyBudget(ctx context.Context, sc *dbkernel.Scope, used time.Time) error {
	now := a.k.Clock.Now()
	first, err := dbmodels.On(sc).NoticeBudget(ctx, quota.MonthOf(used), now)
	if err != nil || !first {
		return err
	}
	if err := a.people.PostTeam(ctx, sc, letter.Letter{Kind: letter.BudgetNotice, Data: letter.Data{Month: quota.MonthOf(used).Begins().Format("January 2006")}}); err != nil {
		return err
	}
	return a.k.Audit(ctx, sc, appkernel.SystemActor(sc.Tenant()), "notice_budget", string(quota.MonthOf(used)), "80% of a monthly limit has been used")
}

// auditOverdraft writes to the audit log that a call used more than its reservation and exceeded a limit of the month. The call is
// charged in full, and further calls are rejected.
func (a *Verbs) auditOverdraft(ctx context.Context, sc *dbkernel.Scope, r dbmodels.Reservation, c usage.Call) error {
	charged := quota.Charge(c.Counts, c.Cost)
	if charged.Within(r.Amount()) {
		return nil
	}
	b, err := dbmodels.On(sc).Budget(ctx, r.Month)
	if err != nil || b.Over() == (quota.Amount{}) {
		return err
	}
	words := "the provider reported " + amountWords(charged) + " for a call that reserved " + amountWords(r.Amount()) + "; the month exceeds its limit by " + amountWords(b.Over())
	return a.k.Audit(ctx, sc, appkernel.SystemActor(sc.Tenant()), "overdraw_budget", c.ID, words)
}

func amountWords(a quota.Amount) string {
	return quota.Count(a.Tokens) + " tokens and " + quota.Money(a.Cost)
}

// NoticeWork announces to the team's leads, once, that the working tree of a session whose work nobody has taken will be removed.
func (a *Verbs) NoticeWork(ctx context.Context, t tenant.ID, id session.ID) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		now := a.k.Clock.Now()
		first, err := dbwork.On(sc).NoticeWork(ctx, id, s.Attempt, now)
		if err != nil || !first {
			return err
		}
		until := now.Add(session.NoticeWork).UTC().Format("2 Jan 2006")
		l := letter.Letter{Kind: letter.WorkNotice, Path: "/sessions/" + string(id), Data: letter.Data{What: s.Title, Until: until}}
		if err := a.people.PostTeam(ctx, sc, l); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(t, id) })
		return a.k.Audit(ctx, sc, appkernel.SystemActor(t), "notice_work", string(id), s.Title+": removed after "+until)
	})
}

// NoteStorage stores the measured size of a team's directories and stored model calls. If the limit is exceeded, it pauses the team's
// running sessions, because they write more.
func (a *Verbs) NoteStorage(ctx context.Context, t tenant.ID, v quota.Storage) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) (err error) {
		if v.Calls, err = dbmodels.On(sc).CallBytes(ctx); err != nil {
			return err
		}
		v.MeasuredAt = a.k.Clock.Now()
		if err := dbmodels.On(sc).SetStorage(ctx, v); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(hub.Team(t)) })
		return a.pauseIfFull(ctx, sc)
	})
}

func (a *Verbs) pauseIfFull(ctx context.Context, sc *dbkernel.Scope) error {
	v, err := dbmodels.On(sc).Storage(ctx)
	if err != nil || !v.Full() {
		return err
	}
	running, _, err := dbwork.On(sc).Sessions(ctx, session.Filter{Statuses: activeStatuses, Limit: appkernel.MaxPage})
	if err != nil {
		return err
	}
	why := session.Reason{Code: session.QuotaFull, Message: v.Refuse("Paused").Message}
	for _, s := range running {
		if err := a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Paused, Reason: why}, appkernel.System); err != nil {
			return err
		}
	}
	return nil
}
