package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var (
	qDropChecks = reg(`DELETE FROM main.session_checks WHERE tenant_id = $1 AND session_id = $2`)
	qAddCheck   = reg(`INSERT INTO main.session_checks (tenant_id, session_id, attempt, n, command, verdict, exit_code, output, truncated, duration_ms, finished_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	qChecks = reg(`SELECT attempt, command, verdict, exit_code, output, truncated, duration_ms, finished_at FROM session_checks
		WHERE tenant_id = $1 AND session_id = $2 ORDER BY n`)
)

// SetChecks stores the verdicts of a session's check commands in place of earlier ones.
func (s *Scope) SetChecks(ctx context.Context, id session.ID, results []repository.CheckResult) error {
	if _, err := s.exec(ctx, qDropChecks, id); err != nil {
		return wrap("drop checks", err)
	}
	for n, c := range results {
		_, err := s.exec(ctx, qAddCheck, id, c.Attempt, n, c.Command, c.Verdict, c.ExitCode, c.Output, bit(c.Truncated), c.Duration.Milliseconds(), ms(c.FinishedAt))
		if err != nil {
			return wrap("store check", err)
		}
	}
	return nil
}

// Checks reads the verdicts of a session's check commands, in the order they ran.
func (s *Scope) Checks(ctx context.Context, id session.ID) ([]repository.CheckResult, error) {
	return collect(func(r scanner) (c repository.CheckResult, err error) {
		var duration int64
		err = r.Scan(&c.Attempt, &c.Command, &c.Verdict, &c.ExitCode, &c.Output, &c.Truncated, &duration, stamp(&c.FinishedAt))
		c.Duration = time.Duration(duration) * time.Millisecond
		return c, err
	})(s.query(ctx, qChecks, id))
}
