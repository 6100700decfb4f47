package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

var (
	qDoubts = area.Scoped(`SELECT coalesce(CAST(sum(u.estimated) AS BIGINT), 0), coalesce(CAST(sum(u.doubtful) AS BIGINT), 0), coalesce(CAST(sum(u.guess_input) AS BIGINT), 0),
		coalesce(CAST(sum(u.guess_output) AS BIGINT), 0) FROM usage_user_days u WHERE u.tenant_id = $1 AND u.day >= $2 AND u.day <= $3`)
)

// Doubts sums the team's calls whose usage was estimated, those whose usage is unverified and our own estimate of these, between two UTC
// days, both included.
func (s Scope) Doubts(ctx context.Context, fromDay, toDay string) (t usage.Truth, err error) {
	return dbkernel.First("usage", func(r dbkernel.Scanner) (t usage.Truth, err error) {
		err = r.Scan(&t.Estimated, &t.Doubtful, &t.Guess.Input, &t.Guess.Output)
		return t, err
	})(s.Scope.Query(ctx, qDoubts, fromDay, toDay))
}
