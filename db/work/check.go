package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qDropChecks = area.Scoped(`DELETE FROM main.session_checks WHERE tenant_id = $1 AND session_id = $2 AND attempt = $3`)
	qAddCheck   = area.Scoped(`INSERT INTO main.session_checks (tenant_id, session_id, attempt, n, command, verdict, exit_code, output, truncated, duration_ms, finished_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	qChecks = area.Scoped(`SELECT attempt, command, verdict, exit_code, output, truncated, duration_ms, finished_at FROM session_checks
		WHERE tenant_id = $1 AND session_id = $2 AND attempt = CASE WHEN $3 > 0 THEN $3 ELSE
		(SELECT max(m.attempt) FROM session_checks m WHERE m.tenant_id = $1 AND m.session_id = $2) END ORDER BY n`)
)

// SetChecks replaces the results of the checks of one attempt of a session. Those of other attempts are kept.
func (s Scope) SetChecks(ctx context.Context, id session.ID, attempt int, results []repository.CheckResult) error {
	if _, err := s.Scope.Exec(ctx, qDropChecks, id, attempt); err != nil {
		return dbkernel.Wrap("drop checks", err)
	}
	for n, c := range results {
		_, err := s.Scope.Exec(ctx, qAddCheck, id, attempt, n, c.Command, c.Verdict, c.ExitCode, c.Output, dbkernel.Bit(c.Truncated), c.Duration.Milliseconds(), dbkernel.Millis(c.FinishedAt))
		if err != nil {
			return dbkernel.Wrap("store check", err)
		}
	}
	return nil
}

// Checks reads the results of the checks of an attempt, or with 0 of the last attempt that has any, in the order in which they ran.
func (s Scope) Checks(ctx context.Context, id session.ID, attempt int) ([]repository.CheckResult, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (c repository.CheckResult, err error) {
		var duration int64
		err = r.Scan(&c.Attempt, &c.Command, &c.Verdict, &c.ExitCode, &c.Output, &c.Truncated, &duration, dbkernel.TimeDest(&c.FinishedAt))
		c.Duration = time.Duration(duration) * time.Millisecond
		return c, err
	})(s.Scope.Query(ctx, qChecks, id, attempt))
}
