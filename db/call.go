package db

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

const callColumns = `SELECT id, coalesce(session_id, ''), attempt, agent_session, provider, model, model_named, endpoint, is_title, is_stream, status, error, estimated,
	tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write_short, tokens_cache_write_long, cost_microusd,
	started_at, first_byte_at, last_byte_at, guess_input, guess_output, request, response FROM model_calls WHERE tenant_id = $1`

// manyBlobs is how many bodies one statement reads.
const manyBlobs = 32

var (
	qAddCall = reg(`INSERT INTO main.model_calls (tenant_id, id, session_id, attempt, agent_session, provider, model, model_named, endpoint, is_title, is_stream,
		status, error, estimated, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write_short, tokens_cache_write_long,
		cost_microusd, started_at, first_byte_at, last_byte_at, guess_input, guess_output, request, response)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
		ON CONFLICT (tenant_id, id) DO NOTHING`)
	qAddBlob = reg(`INSERT INTO main.model_blobs (tenant_id, address, body, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, address)
		DO UPDATE SET created_at = excluded.created_at WHERE model_blobs.created_at < excluded.created_at - 86400000`)
	qSpend = reg(`UPDATE main.sessions SET tokens_input = tokens_input + $3, tokens_output = tokens_output + $4, tokens_reasoning = tokens_reasoning + $5,
		tokens_cache_read = tokens_cache_read + $6, tokens_cache_write_short = tokens_cache_write_short + $7, tokens_cache_write_long = tokens_cache_write_long + $8,
		cost_microusd = cost_microusd + $9 WHERE tenant_id = $1 AND id = $2`)
	qSpendDay = reg(`INSERT INTO main.usage_days (tenant_id, day, model, calls, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read,
		tokens_cache_write_short, tokens_cache_write_long, cost_microusd) VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (tenant_id, day, model) DO UPDATE SET calls = usage_days.calls + 1, tokens_input = usage_days.tokens_input + excluded.tokens_input,
		tokens_output = usage_days.tokens_output + excluded.tokens_output, tokens_reasoning = usage_days.tokens_reasoning + excluded.tokens_reasoning,
		tokens_cache_read = usage_days.tokens_cache_read + excluded.tokens_cache_read,
		tokens_cache_write_short = usage_days.tokens_cache_write_short + excluded.tokens_cache_write_short,
		tokens_cache_write_long = usage_days.tokens_cache_write_long + excluded.tokens_cache_write_long,
		cost_microusd = usage_days.cost_microusd + excluded.cost_microusd`)
	qCalls       = reg(callColumns + ` AND session_id = $2 ORDER BY id DESC LIMIT $3`)
	qCallsBefore = reg(callColumns + ` AND session_id = $2 AND id < $4 ORDER BY id DESC LIMIT $3`)
	qCall        = reg(callColumns + ` AND id = $2`)
	qBlobs       = reg(`SELECT address, body FROM model_blobs WHERE tenant_id = $1 AND address IN (` + marks(2, manyBlobs) + `)`)
	qUsageDays   = reg(`SELECT day, model, calls, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write_short,
		tokens_cache_write_long, cost_microusd FROM usage_days WHERE tenant_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, model`)
)

// AddCall stores a model call with the bodies it names, once each by address, adds its tokens and cost to its session, its
// UTC day and its month, and gives back what it held. Storing the same call again changes nothing.
func (s *Scope) AddCall(ctx context.Context, c usage.Call, blobs map[string]string) error {
	r, reserved, err := s.release(ctx, c.ID)
	if err != nil {
		return err
	}
	month := quota.MonthOf(c.Started)
	if reserved && r.Month != month { // it was admitted in the last moment of a month, and belongs there
		month, c.Started = r.Month, r.Call.Started
	}
	used := quota.Charge(c.Counts, c.Cost)
	if added, err := s.addCall(ctx, c, blobs); err != nil {
		return err
	} else if !added {
		used = quota.Amount{}
	}
	return s.charge(ctx, month, used, r.Held())
}

// addCall is false when the call was there already.
func (s *Scope) addCall(ctx context.Context, c usage.Call, blobs map[string]string) (bool, error) {
	n, err := s.exec(ctx, qAddCall, c.ID, textOrNull(c.Session), c.Attempt, c.AgentSession, c.Provider, c.Model, c.ModelNamed, c.Endpoint, bit(c.Title), bit(c.Stream),
		c.Status, c.Error, bit(c.Estimated), c.Counts.Input, c.Counts.Output, c.Counts.Reasoning, c.Counts.CacheRead, c.Counts.CacheWriteShort, c.Counts.CacheWriteLong,
		c.Cost, ms(c.Started), msOrNull(c.First), msOrNull(c.Last), c.Guess.Input, c.Guess.Output, list(c.Request), string(c.Response))
	if err != nil || n == 0 {
		return false, wrap("store model call", err)
	}
	// In one order, so that two calls with the same bodies do not wait for each other.
	for _, address := range slices.Sorted(maps.Keys(blobs)) {
		if _, err := s.exec(ctx, qAddBlob, address, blobs[address], ms(c.Started)); err != nil {
			return false, wrap("store body of model call", err)
		}
	}
	if err := s.spend(ctx, c); err != nil {
		return false, err
	}
	_, err = s.exec(ctx, qSpendDay, c.Started.UTC().Format("2006-01-02"), c.Identifier(), c.Counts.Input, c.Counts.Output, c.Counts.Reasoning,
		c.Counts.CacheRead, c.Counts.CacheWriteShort, c.Counts.CacheWriteLong, c.Cost)
	if err != nil {
		return false, wrap("add to the day's usage", err)
	}
	return true, s.spendPerson(ctx, c)
}

func (s *Scope) spend(ctx context.Context, c usage.Call) error {
	if c.Session == "" {
		return nil
	}
	n, err := s.exec(ctx, qSpend, c.Session, c.Counts.Input, c.Counts.Output, c.Counts.Reasoning, c.Counts.CacheRead, c.Counts.CacheWriteShort, c.Counts.CacheWriteLong, c.Cost)
	if err != nil {
		return wrap("add to the session's usage", err)
	}
	if n == 0 {
		return fault.Missing("session")
	}
	return s.change(ctx, session.ID(c.Session), "usage", 0, 0)
}

// Calls reads a page of a session's model calls, newest first, before an id or from the newest for ""; more says whether older ones follow.
func (s *Scope) Calls(ctx context.Context, id session.ID, before string, limit int) (calls []usage.Call, more bool, err error) {
	if before == "" {
		calls, err = collect(scanCall)(s.query(ctx, qCalls, id, limit+1))
	} else {
		calls, err = collect(scanCall)(s.query(ctx, qCallsBefore, id, limit+1, before))
	}
	if more = len(calls) > limit; more {
		calls = calls[:limit]
	}
	return calls, more, wrap("list model calls", err)
}

// Call reads one model call.
func (s *Scope) Call(ctx context.Context, callID string) (usage.Call, error) {
	return first("model call", scanCall)(s.query(ctx, qCall, callID))
}

// Blobs reads bodies by address; those that retention removed are left out.
func (s *Scope) Blobs(ctx context.Context, addresses []string) (map[string]string, error) {
	out := map[string]string{}
	for chunk := range slices.Chunk(addresses, manyBlobs) {
		_, err := collect(func(r scanner) (struct{}, error) {
			var address, body string
			err := r.Scan(&address, &body)
			out[address] = body
			return struct{}{}, err
		})(s.query(ctx, qBlobs, filled(chunk, manyBlobs)...))
		if err != nil {
			return nil, wrap("read bodies", err)
		}
	}
	return out, nil
}

// UsageDays reads what the team used per UTC day and model, both days included.
func (s *Scope) UsageDays(ctx context.Context, fromDay, toDay string) ([]usage.Day, error) {
	return collect(func(r scanner) (d usage.Day, err error) {
		err = r.Scan(append([]any{&d.Date, &d.Model, &d.Calls}, append(countsDest(&d.Counts), &d.Cost)...)...)
		return d, err
	})(s.query(ctx, qUsageDays, fromDay, toDay))
}

func countsDest(c *usage.Counts) []any {
	return []any{&c.Input, &c.Output, &c.Reasoning, &c.CacheRead, &c.CacheWriteShort, &c.CacheWriteLong}
}

func scanCall(r scanner) (c usage.Call, err error) {
	var firstByte, lastByte nullTime
	var request, response string
	dest := []any{&c.ID, &c.Session, &c.Attempt, &c.AgentSession, &c.Provider, &c.Model, &c.ModelNamed, &c.Endpoint, &c.Title, &c.Stream, &c.Status, &c.Error, &c.Estimated}
	dest = append(append(dest, countsDest(&c.Counts)...), &c.Cost, stamp(&c.Started), &firstByte, &lastByte, &c.Guess.Input, &c.Guess.Output, &request, &response)
	if err = r.Scan(dest...); err != nil {
		return c, err
	}
	c.First, c.Last, c.Response = firstByte.time, lastByte.time, json.RawMessage(response)
	c.Request, err = unlist(request)
	return c, wrap("request of model call "+c.ID, err)
}
