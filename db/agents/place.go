package agents

import (
	"context"
	"database/sql"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// An agent takes work while it is active, not in maintenance at $3, and has a free place.
const takesWork = `status = 'active' AND deleted_at IS NULL AND taken_places < max_places AND (maintenance_until IS NULL OR maintenance_until <= $3)`

var (
	qTakePlace = area.Scoped(`UPDATE main.agents SET taken_places = taken_places + 1, last_work_at = $3, trying = CASE WHEN circuit_at IS NULL THEN 0 ELSE 1 END
		WHERE tenant_id = $1 AND id = $2 AND ` + takesWork)
	qReturnPlace = area.Scoped(`UPDATE main.agents SET taken_places = taken_places - 1, trying = 0 WHERE tenant_id = $1 AND id = $2 AND taken_places > 0`)
	qCandidates  = area.Scoped(`SELECT id, name, version, agent_type, status, capabilities, avoided, model, taken_places, max_places, set_tier, maintenance_until, circuit_at, trying,
		recent_ends, recent_success, recent_rated, recent_quality, last_work_at FROM agents WHERE tenant_id = $1 AND deleted_at IS NULL`)
)

// TakePlace takes one of an agent's places, in one statement; ok is false if it takes no work now. Of two at the same time for the last
// place, one gets it.
func (s Scope) TakePlace(ctx context.Context, id agent.ID, now time.Time) (ok bool, err error) {
	n, err := s.Scope.Exec(ctx, qTakePlace, id, dbkernel.Millis(now))
	return n == 1, dbkernel.Wrap("take a place", err)
}

// ReturnPlace gives a place back, also of an agent that has been deleted.
func (s Scope) ReturnPlace(ctx context.Context, id agent.ID) error {
	_, err := s.Scope.Exec(ctx, qReturnPlace, id)
	return dbkernel.Wrap("return a place", err)
}

// Candidates reads what routing looks at, of all agents of the team, in no order.
func (s Scope) Candidates(ctx context.Context, now time.Time) ([]agent.Candidate, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (agent.Candidate, error) { return scanCandidate(r, now) })(s.Scope.Query(ctx, qCandidates))
}

func scanCandidate(r dbkernel.Scanner, now time.Time) (c agent.Candidate, err error) {
	var a agent.Agent
	var version, capabilities, avoided string
	var until, circuit sql.NullInt64
	err = r.Scan(&c.ID, &c.Name, &version, &c.Type, &a.Status, &capabilities, &avoided, &c.Model, &c.Load.Taken, &c.Load.Max, &a.SetTier, &until, &circuit, &a.IsTrying,
		&a.Recent.Ends, &a.Recent.Success, &a.Recent.Rated, &a.Recent.Quality, dbkernel.TimeDest(&c.LastAt))
	if err != nil {
		return c, err
	}
	a.CircuitAt = dbkernel.TimeOrNil(circuit)
	c.Version, _ = agent.ParseNumber(version)
	c.Tier, c.Circuit, c.Inactive = a.Tier(), a.Circuit(now), a.Status == agent.Inactive
	if t := dbkernel.TimeOrNil(until); t != nil && now.Before(*t) {
		c.MaintenanceUntil = t
	}
	can, err := parseCapabilities(capabilities)
	if err != nil {
		return c, dbkernel.Wrap("decode capabilities", err)
	}
	c.Capabilities = agent.SetOf(can)
	c.Avoided, err = dbkernel.ParseList(avoided)
	return c, dbkernel.Wrap("decode technologies", err)
}
