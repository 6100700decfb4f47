package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qNextChange = area.Scoped(`UPDATE main.lanes SET change_n = change_n + 1, ready = ready + $2, running = running + $3 WHERE tenant_id = $1 RETURNING change_n`)
	qAddChange  = area.Scoped(`INSERT INTO main.tenant_changes (tenant_id, n, session_id, kind, at) VALUES ($1, $2, $3, $4, $5)`)
	qChanges    = area.Scoped(`SELECT n, session_id, kind, at FROM tenant_changes WHERE tenant_id = $1 AND n > $2 ORDER BY n LIMIT $3`)
	qLastChange = area.Scoped(`SELECT change_n FROM lanes WHERE tenant_id = $1`)
)

// logChange adds a change of a session's row to its team's log, numbered without gaps, and updates the team's counters.
// Call it after the change of the session's row and before addToCount: all writers then lock in the same order, so that opposite
// moves of two sessions do not deadlock.
func (s Scope) logChange(ctx context.Context, id session.ID, kind string, ready, running int64) error {
	n, err := dbkernel.First("team", dbkernel.Value[int64])(s.Scope.Query(ctx, qNextChange, ready, running))
	if err != nil {
		return dbkernel.Wrap("number change", err)
	}
	_, err = s.Scope.Exec(ctx, qAddChange, n, id, kind, dbkernel.Millis(s.Scope.Now()))
	return dbkernel.Wrap("log change", err)
}

// Changes reads the team's change log after a number, oldest first.
func (s Scope) Changes(ctx context.Context, after int64, limit int) ([]session.Change, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (c session.Change, err error) {
		err = r.Scan(&c.N, &c.Session, &c.Kind, dbkernel.TimeDest(&c.At))
		return c, err
	})(s.Scope.Query(ctx, qChanges, after, limit))
}

// LastChange reads the number of the team's newest change; 0 if there is none.
func (s Scope) LastChange(ctx context.Context) (int64, error) {
	n, _, err := dbkernel.Maybe(dbkernel.Value[int64])(s.Scope.Query(ctx, qLastChange))
	return n, err
}
