package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// viewSession runs fn in a read transaction with the session. Everything about another team's session is NotFound.
func (a *Verbs) viewSession(ctx context.Context, by tenant.Actor, id session.ID, fn func(*dbkernel.Scope, session.Session) error) error {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return err
	}
	return a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		return fn(sc, s)
	})
}

// Session returns one session of the team.
func (a *Verbs) Session(ctx context.Context, by tenant.Actor, id session.ID) (s session.Session, err error) {
	err = a.viewSession(ctx, by, id, func(_ *dbkernel.Scope, found session.Session) error { s = found; return nil })
	return s, err
}

// Sessions returns one page of the team's sessions, newest first.
func (a *Verbs) Sessions(ctx context.Context, by tenant.Actor, f session.Filter) (p session.Page, err error) {
	if err := checkFilter(f); err != nil {
		return p, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, appkernel.MaxPage)
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { p.Items, p.More, err = dbwork.On(s).Sessions(ctx, f); return err })
	return p, err
}

// CountSessions counts the sessions that Sessions would return on its largest page, and reports whether there are more. It reads no
// session's row, so open lists may call it often.
func (a *Verbs) CountSessions(ctx context.Context, by tenant.Actor, f session.Filter) (n int, more bool, err error) {
	if err := checkFilter(f); err != nil {
		return 0, false, err
	}
	f.Limit = appkernel.MaxPage
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { n, more, err = dbwork.On(s).CountSessions(ctx, f); return err })
	return n, more, err
}

func checkFilter(f session.Filter) error {
	if err := f.CheckQuery(); err != nil {
		return err
	}
	if all := len(session.Statuses()); len(f.Statuses) > all {
		return fault.Field("status", "Enter at most %d statuses (you entered %d).", all, len(f.Statuses))
	}
	for _, st := range f.Statuses {
		if !st.Valid() {
			return fault.Field("status", "Enter a status such as \"running\" (you entered %q).", st)
		}
	}
	if err := checkCursor(f.Before); err != nil {
		return err
	}
	return checkCursor(f.After)
}

func checkCursor(c session.ID) error {
	if c != "" && appkernel.CheckID("session", string(c)) != nil {
		return fault.Field("cursor", "This cursor is not valid for this list. Start again without a cursor.")
	}
	return nil
}

// Counts returns the number of the team's sessions per status, from stored counters.
func (a *Verbs) Counts(ctx context.Context, by tenant.Actor) (map[session.Status]int64, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadSessions, dbwork.On, dbwork.Scope.Counts)
}
