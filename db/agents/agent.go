package agents

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const (
	agentColumns = `SELECT a.id, a.name, a.status, a.is_default, a.set_tier, a.maintenance_reason, a.maintenance_until, a.maintenance_by_name, a.taken_places, a.max_places,
		a.recent_ends, a.recent_success, a.recent_rated, a.recent_quality, a.recent_whole, a.recent_failed, a.median_cost, a.median_ms, a.last_end_at,
		a.circuit_at, a.trying, a.created_by, a.created_by_name, a.created_at, a.changed_at, a.row_n, ` + versionColumns
	agentFrom = ` FROM agents a JOIN agent_versions v ON v.tenant_id = a.tenant_id AND v.agent_id = a.id AND v.version = a.version
		WHERE a.tenant_id = $1 AND a.deleted_at IS NULL`
)

var (
	qCreateAgent = area.Scoped(`INSERT INTO main.agents (tenant_id, id, name, name_key, status, version, agent_type, capabilities, avoided, model, max_places, created_by,
		created_by_name, created_at, changed_at) VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`)
	qAgent        = area.Scoped(agentColumns + agentFrom + ` AND a.id = $2`)
	qDefaultAgent = area.Scoped(agentColumns + agentFrom + ` AND a.is_default = 1`)
	qCountAgents  = area.Scoped(`SELECT count(*) FROM agents WHERE tenant_id = $1 AND deleted_at IS NULL`)
	qMaxAgents    = area.Scoped(`SELECT max_agents FROM lanes WHERE tenant_id = $1`)
	qUpdateAgent  = area.Scoped(`UPDATE main.agents SET name = $4, name_key = $5, status = $6, set_tier = $7, maintenance_reason = $8, maintenance_until = $9,
		maintenance_by = $10, maintenance_by_name = $11, changed_at = $12, row_n = row_n + 1 WHERE tenant_id = $1 AND id = $2 AND row_n = $3 AND deleted_at IS NULL`)
	qDeleteAgent = area.Scoped(`UPDATE main.agents SET deleted_at = $3, is_default = 0, row_n = row_n + 1 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qNoDefault   = area.Scoped(`UPDATE main.agents SET is_default = 0, row_n = row_n + 1 WHERE tenant_id = $1 AND is_default = 1`)
	qSetDefault  = area.Scoped(`UPDATE main.agents SET is_default = 1, row_n = row_n + 1 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
)

// CreateAgent stores an agent with its first version; Conflict if the team has one with its name, in whatever case.
func (s Scope) CreateAgent(ctx context.Context, a agent.Agent) error {
	v := a.Current.Spec
	_, err := s.Scope.Exec(ctx, qCreateAgent, a.ID, a.Name, nameKey(a.Name), a.Current.Number.String(), v.Type, listText(v.Capabilities), dbkernel.ListText(v.Avoided), v.Model, v.Places,
		a.CreatedBy, a.CreatedByName, dbkernel.Millis(a.CreatedAt))
	if err != nil {
		return dbkernel.Wrap("create agent", nameTaken(err, a.Name))
	}
	return s.addVersion(ctx, a.ID, a.Current)
}

func nameTaken(err error, name string) error {
	return dbkernel.Taken(err, "name", "This team already has an agent named %q.", name)
}

func nameKey(name string) string { return strings.ToLower(name) }

func listText(cs []agent.Capability) string {
	words := make([]string, len(cs))
	for i, c := range cs {
		words[i] = string(c)
	}
	return dbkernel.ListText(words)
}

// Agent reads one agent with its newest version; Missing if it is another team's or deleted.
func (s Scope) Agent(ctx context.Context, id agent.ID) (agent.Agent, error) {
	return dbkernel.First("agent", scanAgent)(s.Scope.Query(ctx, qAgent, id))
}

// DefaultAgent reads the agent of sessions that name none; ok is false if the team has none.
func (s Scope) DefaultAgent(ctx context.Context) (a agent.Agent, ok bool, err error) {
	return dbkernel.Maybe(scanAgent)(s.Scope.Query(ctx, qDefaultAgent))
}

// CountAgents reads how many agents the team has, and how many it can have.
func (s Scope) CountAgents(ctx context.Context) (n, limit int64, err error) {
	if n, err = dbkernel.First("team", dbkernel.Value[int64])(s.Scope.Query(ctx, qCountAgents)); err != nil {
		return 0, 0, err
	}
	limit, err = dbkernel.First("team", dbkernel.Value[int64])(s.Scope.Query(ctx, qMaxAgents))
	return n, limit, err
}

// UpdateAgent stores the name, the status, the tier that a lead set and the maintenance of an agent whose row is still a.Row; Conflict if
// somebody else was first.
func (s Scope) UpdateAgent(ctx context.Context, a agent.Agent, by tenant.UserID, now time.Time) error {
	var until *time.Time
	var reason, name string
	if m := a.Maintenance; m != nil {
		until, reason, name = &m.Until, m.Reason, m.By
	} else {
		by = ""
	}
	n, err := s.Scope.Exec(ctx, qUpdateAgent, a.ID, a.Row, a.Name, nameKey(a.Name), a.Status, a.SetTier, reason, dbkernel.MillisOrNull(until), by, name, dbkernel.Millis(now))
	if err != nil {
		return dbkernel.Wrap("update agent", nameTaken(err, a.Name))
	}
	return s.oneOrConflict(ctx, a.ID, n)
}

func (s Scope) oneOrConflict(ctx context.Context, id agent.ID, n int64) error {
	if n == 1 {
		return nil
	}
	if _, err := s.Agent(ctx, id); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "Somebody else has changed the agent in the meantime. Your input was not saved: reload the page and try again.")
}

// DeleteAgent hides an agent and frees its name. Its sessions keep their version, and its figures remain.
func (s Scope) DeleteAgent(ctx context.Context, id agent.ID, now time.Time) error {
	return s.Scope.ExecOne(ctx, "agent", qDeleteAgent, id, dbkernel.Millis(now))
}

// SetDefaultAgent makes the agent the one of sessions that name none; empty for no such agent.
func (s Scope) SetDefaultAgent(ctx context.Context, id agent.ID) error {
	if _, err := s.Scope.Exec(ctx, qNoDefault); err != nil || id == "" {
		return dbkernel.Wrap("clear the default agent", err)
	}
	return s.Scope.ExecOne(ctx, "agent", qSetDefault, id)
}

func scanAgent(r dbkernel.Scanner) (a agent.Agent, err error) {
	var until, cost, ms, last, circuit sql.NullInt64
	var m agent.Maintenance
	var v versionRow
	err = r.Scan(append([]any{&a.ID, &a.Name, &a.Status, &a.IsDefault, &a.SetTier, &m.Reason, &until, &m.By, &a.Load.Taken, &a.Load.Max,
		&a.Recent.Ends, &a.Recent.Success, &a.Recent.Rated, &a.Recent.Quality, &a.Recent.Successes, &a.Recent.Failures, &cost, &ms, &last,
		&circuit, &a.IsTrying, &a.CreatedBy, &a.CreatedByName, dbkernel.TimeDest(&a.CreatedAt), dbkernel.TimeDest(&a.ChangedAt), &a.Row}, v.dest()...)...)
	if err != nil {
		return a, err
	}
	if until.Valid {
		m.Until, a.Maintenance = dbkernel.TimeOf(until.Int64), &m
	}
	if ms.Valid {
		d := time.Duration(ms.Int64) * time.Millisecond
		a.Recent.MedianDuration = &d
	}
	a.Recent.MedianCost, a.Recent.LastEndAt, a.CircuitAt = dbkernel.IntOrNil(cost), dbkernel.TimeOrNil(last), dbkernel.TimeOrNil(circuit)
	a.Current, err = v.noun()
	return a, err
}

func parseCapabilities(s string) (cs []agent.Capability, err error) {
	err = json.Unmarshal([]byte(s), &cs)
	return cs, err
}
