package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SetDiff stores the session's diff against its base commit.
func (a *Verbs) SetDiff(ctx context.Context, l Lease, files []session.FileChange, patch []byte, truncated bool) error {
	files, patch = filesWithoutSecrets(files), []byte(appkernel.RemoveOwnSecretsFromDiff(string(patch)))
	err := a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		sc.AfterCommit(func() { a.ringSession(l.Tenant, l.Session) })
		return dbwork.On(sc).SetDiff(ctx, l.Session, l.Attempt, files, patch, truncated, a.k.Clock.Now())
	})
	if err == nil {
		a.watchFiles(ctx, l, patch)
	}
	return err
}

// SetGaps stores what the session's working tree lacks of its base commit.
func (a *Verbs) SetGaps(ctx context.Context, l Lease, g repository.Gaps) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		sc.AfterCommit(func() { a.ringSession(l.Tenant, l.Session) })
		return dbwork.On(sc).SetGaps(ctx, l.Session, g)
	})
}

// Gaps returns what a session's working tree lacks of its base commit.
func (a *Verbs) Gaps(ctx context.Context, by tenant.Actor, id session.ID) (g repository.Gaps, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { g, err = dbwork.On(sc).Gaps(ctx, id); return err })
	return g, err
}

// Files returns the changed files of a session with their diffs against its base commit.
func (a *Verbs) Files(ctx context.Context, by tenant.Actor, id session.ID) (fs []session.FileChange, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { fs, err = dbwork.On(sc).Files(ctx, id); return err })
	return fs, err
}

// Patch returns the diff of an attempt, or with 0 of the last attempt that has one, as one text; empty if there is none.
func (a *Verbs) Patch(ctx context.Context, by tenant.Actor, id session.ID, attempt int) (p session.Patch, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		p.Text, p.Truncated, p.TakenAt, err = dbwork.On(sc).Patch(ctx, id, attempt)
		return err
	})
	return p, err
}

// Changes returns the entries of the team's change log after a number: the sessions that have changed.
func (a *Verbs) Changes(ctx context.Context, by tenant.Actor, after int64, limit int) (cs []session.Change, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { cs, err = dbwork.On(s).Changes(ctx, after, limit); return err })
	return cs, err
}

// LastChange returns the number of the team's newest change.
func (a *Verbs) LastChange(ctx context.Context, by tenant.Actor) (int64, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadSessions, dbwork.On, dbwork.Scope.LastChange)
}

// SetChecks stores the results of the check commands and logs how many passed and failed.
func (a *Verbs) SetChecks(ctx context.Context, l Lease, results []repository.CheckResult) error {
	results = checksWithoutSecrets(results)
	var sum event.Checks
	for _, r := range results {
		if r.Verdict == repository.Passed {
			sum.Passed++
		} else {
			sum.Failed++
		}
	}
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).SetChecks(ctx, l.Session, l.Attempt, results); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(l.Tenant, l.Session) })
		_, err := dbwork.On(sc).AppendEvents(ctx, l.Session, l.Attempt, []event.Event{event.New(event.SessionChecks, appkernel.System, sum)})
		return err
	})
}

// Checks returns the results of the check commands of an attempt, or with 0 of the last attempt that has any.
func (a *Verbs) Checks(ctx context.Context, by tenant.Actor, id session.ID, attempt int) (cs []repository.CheckResult, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		cs, err = dbwork.On(sc).Checks(ctx, id, attempt)
		return err
	})
	return cs, err
}

// Outcomes returns what came of a session's attempts, newest first. An attempt that has not ended has none.
func (a *Verbs) Outcomes(ctx context.Context, by tenant.Actor, id session.ID) (all []session.Outcome, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		all, err = dbwork.On(sc).Outcomes(ctx, id)
		return err
	})
	return all, err
}

// SetSavedWork stores the commits in which the work of a leased session was saved.
func (a *Verbs) SetSavedWork(ctx context.Context, l Lease, saved session.Saved) error {
	return a.withLease(ctx, l, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SetSavedWork(ctx, l.Session, l.Attempt, saved.Commit, saved.Commits)
	})
}
