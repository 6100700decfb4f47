package console

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
)

var (
	qOpenRequests = area.CrossTenant("the operator answers the requests of all teams", `SELECT `+teamFigures+`, (SELECT count(*) FROM budget_stops p
		JOIN sessions s ON s.tenant_id = p.tenant_id AND s.id = p.session_id WHERE p.tenant_id = t.id AND s.status = 'paused' AND s.reason_code = 'budget_exhausted'),
		r.id, r.asked_by, r.asked_by_name, r.asked_at, r.tokens, r.cost_microusd, r.reason, r.answer, r.note, r.answered_by, r.answered_at`+teamFrom+`
		JOIN budget_requests r ON r.tenant_id = t.id WHERE r.answer = '' AND t.deleted_at IS NULL ORDER BY r.id LIMIT $2`)
	qCountRequests = area.CrossTenant("the operator answers the requests of all teams", `SELECT count(*) FROM budget_requests r
		JOIN tenants t ON t.id = r.tenant_id WHERE r.answer = '' AND t.deleted_at IS NULL`)
)

// OpenRequest is an open request with its team, and the number of the team's sessions that are paused until it has budget.
type OpenRequest struct {
	Team    quota.Team
	Paused  int64
	Request quota.Request
}

// OpenRequests lists the open requests of all teams, oldest first, in one statement.
func (s System) OpenRequests(ctx context.Context, m quota.Month, limit int) ([]OpenRequest, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (o OpenRequest, err error) {
		var x teamRow
		o.Request, err = dbmodels.RequestFrom(r, append(x.dest(), &o.Paused)...)
		if err != nil {
			return o, err
		}
		o.Team = x.toTeam(m)
		return o, nil
	})(s.System.Query(ctx, qOpenRequests, m, limit))
}

// CountRequests counts the open requests of all teams.
func (s System) CountRequests(ctx context.Context) (int64, error) {
	return dbkernel.First("request", dbkernel.Value[int64])(s.System.Query(ctx, qCountRequests))
}
