package db

import (
	"database/sql"

	"github.com/industrial-orchestrator/orchestrator/internal/quota"
)

// scanTeam makes a reader of qTeams' rows for a month.
func scanTeam(m quota.Month) func(scanner) (quota.Team, error) {
	return func(r scanner) (t quota.Team, err error) {
		var tokens, cost sql.NullInt64
		var deleted, noticed nullTime
		err = r.Scan(append(tenantDest(&t.Tenant), &deleted, &t.People, &t.Running, &t.Ready, &tokens, &cost,
			&t.Budget.Used.Tokens, &t.Budget.Used.Cost, &t.Budget.Held.Tokens, &t.Budget.Held.Cost, &noticed)...)
		t.DeletedAt, t.Budget.Month, t.Budget.NoticedAt = deleted.time, m, noticed.time
		t.Budget.Max = quota.Limits{Tokens: intOrNil(tokens), Cost: intOrNil(cost)}
		return t, err
	}
}
