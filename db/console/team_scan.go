package console

import (
	"database/sql"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
)

// teamRow reads the columns of teamFigures, and toTeam turns them into the team.
type teamRow struct {
	team             quota.Team
	tokens, cost     sql.NullInt64
	storage          sql.NullInt64
	measured         dbkernel.NullTime
	deleted, noticed dbkernel.NullTime
}

func (x *teamRow) dest() []any {
	t := &x.team
	return append(dbpeople.TenantDest(&t.Tenant), &x.deleted, &t.People, &t.Running, &t.Ready, &x.tokens, &x.cost,
		&t.Budget.Used.Tokens, &t.Budget.Used.Cost, &t.Budget.Held.Tokens, &t.Budget.Held.Cost, &x.noticed, &t.RefuseWhenFull,
		&x.storage, &t.Storage.Clones, &t.Storage.Trees, &t.Storage.Homes, &t.Storage.Calls, &x.measured)
}

// toTeam is the team that was read, with its budget for a month.
func (x *teamRow) toTeam(m quota.Month) quota.Team {
	x.team.DeletedAt, x.team.Budget.Month, x.team.Budget.NoticedAt = x.deleted.Time, m, x.noticed.Time
	x.team.Budget.Max = quota.Limits{Tokens: dbkernel.IntOrNil(x.tokens), Cost: dbkernel.IntOrNil(x.cost)}
	x.team.Storage.Max = dbkernel.IntOrNil(x.storage)
	if x.measured.Time != nil {
		x.team.Storage.MeasuredAt = *x.measured.Time
	}
	return x.team
}

// scanTeam returns a function that reads a row of qTeams for a month.
func scanTeam(m quota.Month) func(dbkernel.Scanner) (quota.Team, error) {
	return func(r dbkernel.Scanner) (quota.Team, error) {
		var x teamRow
		err := r.Scan(x.dest()...)
		return x.toTeam(m), err
	}
}
