package agents

import (
	"context"
	"database/sql"
	"slices"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

var (
	qResult = area.Scoped(`SELECT success, cost_microusd, ended_at FROM agent_results WHERE tenant_id = $1 AND agent_id = $2 AND session_id = $3 AND attempt = $4`)
	qStore  = area.Scoped(`INSERT INTO main.agent_results (tenant_id, agent_id, session_id, attempt, version, capabilities, success, quality, ran_ms, tokens, cost_microusd, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (tenant_id, agent_id, session_id, attempt) DO UPDATE SET
		success = excluded.success, quality = excluded.quality, ran_ms = excluded.ran_ms, tokens = excluded.tokens, cost_microusd = excluded.cost_microusd, ended_at = excluded.ended_at`)
	qAddDay = area.Scoped(`INSERT INTO main.agent_days (tenant_id, agent_id, day, ends, success, cost_microusd) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, agent_id, day) DO UPDATE SET ends = agent_days.ends + excluded.ends, success = agent_days.success + excluded.success,
		cost_microusd = agent_days.cost_microusd + excluded.cost_microusd`)
	qDropResult = area.Scoped(`DELETE FROM main.agent_results WHERE tenant_id = $1 AND agent_id = $2 AND session_id = $3 AND attempt = $4`)
	qLastEnds   = area.Scoped(`SELECT success, quality, ran_ms, cost_microusd, ended_at FROM agent_results WHERE tenant_id = $1 AND agent_id = $2 ORDER BY ended_at DESC, session_id LIMIT $3`)
	qCircuit    = area.Scoped(`SELECT circuit_at, trying FROM agents WHERE tenant_id = $1 AND id = $2`)
	qSetRecent  = area.Scoped(`UPDATE main.agents SET recent_ends = $3, recent_success = $4, recent_rated = $5, recent_quality = $6, recent_whole = $7, recent_failed = $8,
		median_cost = $9, median_ms = $10, last_end_at = $11, circuit_at = $12 WHERE tenant_id = $1 AND id = $2`)
	qResultsSince = area.Scoped(`SELECT version, capabilities, success, quality, ran_ms, cost_microusd, ended_at FROM agent_results
		WHERE tenant_id = $1 AND agent_id = $2 AND ended_at >= $3 ORDER BY ended_at DESC LIMIT $4`)
)

// Result is how one attempt of an agent ended.
type Result struct {
	Agent        agent.ID
	Session      string
	Attempt      int
	Version      string
	Capabilities []agent.Capability
	End          agent.End
	Ran          time.Duration
	Tokens, Cost int64
	At           time.Time
}

// SetResult stores or replaces the result of an attempt, with the figures, the tier and the circuit that follow from it.
func (s Scope) SetResult(ctx context.Context, r Result, now time.Time) error {
	if err := s.takeOutOfDay(ctx, r); err != nil {
		return err
	}
	var quality any
	if r.End.Quality >= 0 {
		quality = r.End.Quality
	}
	_, err := s.Scope.Exec(ctx, qStore, r.Agent, r.Session, r.Attempt, r.Version, listText(r.Capabilities), r.End.Success, quality, r.Ran.Milliseconds(), r.Tokens, r.Cost, dbkernel.Millis(r.At))
	if err != nil {
		return dbkernel.Wrap("store result", err)
	}
	if err := s.addDay(ctx, r.Agent, r.At, 1, r.End.Success, r.Cost); err != nil {
		return err
	}
	return s.setRecent(ctx, r, now)
}

// DropResult forgets the result of an attempt that says nothing about its agent, if there is one.
func (s Scope) DropResult(ctx context.Context, r Result, now time.Time) error {
	if err := s.takeOutOfDay(ctx, r); err != nil {
		return err
	}
	n, err := s.Scope.Exec(ctx, qDropResult, r.Agent, r.Session, r.Attempt)
	if err != nil || n == 0 {
		return dbkernel.Wrap("drop result", err)
	}
	return s.setRecent(ctx, r, now)
}

// takeOutOfDay takes an earlier result of the attempt out of the sums of its day.
func (s Scope) takeOutOfDay(ctx context.Context, r Result) error {
	type old struct {
		success, cost int64
		at            time.Time
	}
	o, ok, err := dbkernel.Maybe(func(row dbkernel.Scanner) (o old, err error) {
		err = row.Scan(&o.success, &o.cost, dbkernel.TimeDest(&o.at))
		return o, err
	})(s.Scope.Query(ctx, qResult, r.Agent, r.Session, r.Attempt))
	if err != nil || !ok {
		return dbkernel.Wrap("read result", err)
	}
	return s.addDay(ctx, r.Agent, o.at, -1, -o.success, -o.cost)
}

func (s Scope) addDay(ctx context.Context, id agent.ID, at time.Time, ends, success, cost int64) error {
	_, err := s.Scope.Exec(ctx, qAddDay, id, at.UTC().Format(time.DateOnly), ends, success, cost)
	return dbkernel.Wrap("count result", err)
}

// setRecent sums the last ends of the agent, and opens or closes its circuit.
func (s Scope) setRecent(ctx context.Context, r Result, now time.Time) error {
	ends, err := dbkernel.Collect(scanResult)(s.Scope.Query(ctx, qLastEnds, r.Agent, agent.RecentEnds))
	if err != nil {
		return dbkernel.Wrap("read results", err)
	}
	type circuit struct {
		at     sql.NullInt64
		trying bool
	}
	c, err := dbkernel.First("agent", func(row dbkernel.Scanner) (c circuit, err error) { err = row.Scan(&c.at, &c.trying); return c, err })(s.Scope.Query(ctx, qCircuit, r.Agent))
	if err != nil {
		return err
	}
	sum := recentOf(ends)
	opened := agent.AfterEnd(sum, dbkernel.TimeOrNil(c.at), c.trying, r.End, now)
	var ms any
	if sum.MedianDuration != nil {
		ms = sum.MedianDuration.Milliseconds()
	}
	_, err = s.Scope.Exec(ctx, qSetRecent, r.Agent, sum.Ends, sum.Success, sum.Rated, sum.Quality, sum.Successes, sum.Failures, dbkernel.IntOrNull(sum.MedianCost), ms,
		dbkernel.MillisOrNull(sum.LastEndAt), dbkernel.MillisOrNull(opened))
	return dbkernel.Wrap("store figures", err)
}

// recentOf sums results, which come newest first.
func recentOf(rs []agent.Result) (sum agent.Recent) {
	var costs, times []int64
	for _, r := range rs {
		sum.Ends, sum.Success = sum.Ends+1, sum.Success+r.End.Success
		switch r.End.Success {
		case 1000:
			sum.Successes++
		case 0:
			sum.Failures++
		}
		if r.End.Quality >= 0 {
			sum.Rated, sum.Quality = sum.Rated+1, sum.Quality+r.End.Quality
		}
		costs, times = append(costs, r.Cost), append(times, r.Ran.Milliseconds())
	}
	if len(rs) == 0 {
		return sum
	}
	cost, d := agent.Median(costs), time.Duration(agent.Median(times))*time.Millisecond
	sum.MedianCost, sum.MedianDuration, sum.LastEndAt = &cost, &d, &rs[0].At
	return sum
}

// Results reads the results of an agent since a time, newest first, at most limit.
func (s Scope) Results(ctx context.Context, id agent.ID, since time.Time, limit int) ([]agent.Result, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (agent.Result, error) {
		var version, capabilities string
		v, err := scanResultAfter(r, &version, &capabilities)
		if err != nil {
			return v, err
		}
		v.Version = version
		v.Capabilities, err = parseCapabilities(capabilities)
		return v, dbkernel.Wrap("decode capabilities", err)
	})(s.Scope.Query(ctx, qResultsSince, id, dbkernel.Millis(since), limit))
}

func scanResult(r dbkernel.Scanner) (agent.Result, error) { return scanResultAfter(r) }

func scanResultAfter(r dbkernel.Scanner, before ...any) (v agent.Result, err error) {
	var quality sql.NullInt64
	var ran int64
	err = r.Scan(append(slices.Clone(before), &v.End.Success, &quality, &ran, &v.Cost, dbkernel.TimeDest(&v.At))...)
	v.Ran, v.End.Quality = time.Duration(ran)*time.Millisecond, -1
	if quality.Valid {
		v.End.Quality = quality.Int64
	}
	return v, err
}
