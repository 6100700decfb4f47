package db

import (
	"database/sql"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
)

// teamRow reads the columns of teamFigures.
type teamRow struct {
	team             quota.Team
	tokens, cost     sql.NullInt64
	storage          sql.NullInt64
	measured         nullTime
	deleted, noticed nullTime
}

func (x *teamRow) dest() []any {
	t := &x.team
	return append(tenantDest(&t.Tenant), &x.deleted, &t.People, &t.Running, &t.Ready, &x.tokens, &x.cost,
		&t.Budget.Used.Tokens, &t.Budget.Used.Cost, &t.Budget.Held.Tokens, &t.Budget.Held.Cost, &x.noticed, &t.RefuseWhenFull,
		&x.storage, &t.Storage.Clones, &t.Storage.Trees, &t.Storage.Homes, &t.Storage.Calls, &x.measured)
}

// done is the team that was read, in a month.
func (x *teamRow) done(m quota.Month) quota.Team {
	x.team.DeletedAt, x.team.Budget.Month, x.team.Budget.NoticedAt = x.deleted.time, m, x.noticed.time
	x.team.Budget.Max = quota.Limits{Tokens: intOrNil(x.tokens), Cost: intOrNil(x.cost)}
	x.team.Storage.Max = intOrNil(x.storage)
	if x.measured.time != nil {
		x.team.Storage.MeasuredAt = *x.measured.time
	}
	return x.team
}

// scanTeam makes a reader of qTeams' rows for a month.
func scanTeam(m quota.Month) func(scanner) (quota.Team, error) {
	return func(r scanner) (quota.Team, error) {
		var x teamRow
		err := r.Scan(x.dest()...)
		return x.done(m), err
	}
}
