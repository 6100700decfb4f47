package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

var (
	qDoubts = area.Scoped(`SELECT coalesce(CAST(sum(estimated) AS BIGINT), 0), coalesce(CAST(sum(doubtful) AS BIGINT), 0), coalesce(CAST(sum(guess_input) AS BIGINT), 0),
		coalesce(CAST(sum(guess_output) AS BIGINT), 0) FROM usage_user_days WHERE tenant_id = $1 AND day >= $2 AND day <= $3`)
)

// Doubts reads how many of the team's calls were estimated, how many look wrong and what they are guessed at, both UTC days included.
func (s Scope) Doubts(ctx context.Context, fromDay, toDay string) (t usage.Truth, err error) {
	return dbkernel.First("usage", func(r dbkernel.Scanner) (t usage.Truth, err error) {
		err = r.Scan(&t.Estimated, &t.Doubtful, &t.Guess.Input, &t.Guess.Output)
		return t, err
	})(s.Scope.Query(ctx, qDoubts, fromDay, toDay))
}
