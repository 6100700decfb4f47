package work

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

var (
	qLastInput = area.Scoped(`SELECT tokens_input + tokens_cache_read + tokens_cache_write_short + tokens_cache_write_long FROM model_calls
		WHERE tenant_id = $1 AND session_id = $2 AND agent_session = $3 AND is_title = 0 AND estimated = 0 AND tokens_input + tokens_cache_read > 0
		ORDER BY id DESC LIMIT 1`)
)

const callColumns = `SELECT id, coalesce(session_id, ''), attempt, agent_session, provider, model, model_named, endpoint, is_title, is_stream, status, error, estimated,
	tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write_short, tokens_cache_write_long, cost_microusd,
	started_at, first_byte_at, last_byte_at, guess_input, guess_output, request, response FROM model_calls WHERE tenant_id = $1`

// manyBlobs is the number of bodies that one statement reads.
const manyBlobs = 32

var (
	qAddCall = area.Scoped(`INSERT INTO main.model_calls (tenant_id, id, session_id, attempt, agent_session, provider, model, model_named, endpoint, is_title, is_stream,
		status, error, estimated, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write_short, tokens_cache_write_long,
		cost_microusd, started_at, first_byte_at, last_byte_at, guess_input, guess_output, request, response)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
		ON CONFLICT (tenant_id, id) DO NOTHING`)
	qAddBlob = area.Scoped(`INSERT INTO main.model_blobs (tenant_id, address, body, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, address)
		DO UPDATE SET created_at = excluded.created_at WHERE model_blobs.created_at < excluded.created_at - 86400000`)
	qAddSessionUsage = area.Scoped(`UPDATE main.sessions SET tokens_input = tokens_input + $3, tokens_output = tokens_output + $4, tokens_reasoning = tokens_reasoning + $5,
		tokens_cache_read = tokens_cache_read + $6, tokens_cache_write_short = tokens_cache_write_short + $7, tokens_cache_write_long = tokens_cache_write_long + $8,
		cost_microusd = cost_microusd + $9 WHERE tenant_id = $1 AND id = $2`)
	qAddDayUsage = area.Scoped(`INSERT INTO main.usage_days (tenant_id, day, model, calls, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read,
		tokens_cache_write_short, tokens_cache_write_long, cost_microusd) VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (tenant_id, day, model) DO UPDATE SET calls = usage_days.calls + 1, tokens_input = usage_days.tokens_input + excluded.tokens_input,
		tokens_output = usage_days.tokens_output + excluded.tokens_output, tokens_reasoning = usage_days.tokens_reasoning + excluded.tokens_reasoning,
		tokens_cache_read = usage_days.tokens_cache_read + excluded.tokens_cache_read,
		tokens_cache_write_short = usage_days.tokens_cache_write_short + excluded.tokens_cache_write_short,
		tokens_cache_write_long = usage_days.tokens_cache_write_long + excluded.tokens_cache_write_long,
		cost_microusd = usage_days.cost_microusd + excluded.cost_microusd`)
	qCalls       = area.Scoped(callColumns + ` AND session_id = $2 ORDER BY id DESC LIMIT $3`)
	qCallsBefore = area.Scoped(callColumns + ` AND session_id = $2 AND id < $4 ORDER BY id DESC LIMIT $3`)
	qCall        = area.Scoped(callColumns + ` AND id = $2`)
	qBlobs       = area.Scoped(`SELECT address, body FROM model_blobs WHERE tenant_id = $1 AND address IN (` + dbkernel.Placeholders(2, manyBlobs) + `)`)
)

// AddCall stores a model call with its bodies, each once by address, adds its tokens and cost to its session, its UTC day and its
// month, and deletes its reservation. Storing the same call again changes nothing.
func (s Scope) AddCall(ctx context.Context, c usage.Call, blobs map[string]string) error {
	r, reserved, err := dbmodels.On(s.Scope).ReleaseReservation(ctx, c.ID)
	if err != nil {
		return err
	}
	month := quota.MonthOf(c.Started)
	if reserved && r.Month != month { // the call was reserved at the end of a month and belongs to that month
		month, c.Started = r.Month, r.Call.Started
	}
	used := quota.Charge(c.Counts, c.Cost)
	if added, err := s.storeCall(ctx, c, blobs); err != nil {
		return err
	} else if !added {
		used = quota.Amount{}
	}
	return dbmodels.On(s.Scope).ChargeBudget(ctx, month, used, r.Amount())
}

// storeCall returns false if the call is already stored.
func (s Scope) storeCall(ctx context.Context, c usage.Call, blobs map[string]string) (bool, error) {
	n, err := s.Scope.Exec(ctx, qAddCall, c.ID, dbkernel.TextOrNull(c.Session), c.Attempt, c.AgentSession, c.Provider, c.Model, c.ModelNamed, c.Endpoint, dbkernel.Bit(c.Title), dbkernel.Bit(c.Stream),
		c.Status, c.Error, dbkernel.Bit(c.Estimated), c.Counts.Input, c.Counts.Output, c.Counts.Reasoning, c.Counts.CacheRead, c.Counts.CacheWriteShort, c.Counts.CacheWriteLong,
		c.Cost, dbkernel.Millis(c.Started), dbkernel.MillisOrNull(c.First), dbkernel.MillisOrNull(c.Last), c.Guess.Input, c.Guess.Output, dbkernel.ListText(c.Request), string(c.Response))
	if err != nil || n == 0 {
		return false, dbkernel.Wrap("store model call", err)
	}
	// In one order, so that two calls with the same bodies do not deadlock.
	for _, address := range slices.Sorted(maps.Keys(blobs)) {
		if _, err := s.Scope.Exec(ctx, qAddBlob, address, blobs[address], dbkernel.Millis(c.Started)); err != nil {
			return false, dbkernel.Wrap("store body of model call", err)
		}
	}
	if err := s.addSessionUsage(ctx, c); err != nil {
		return false, err
	}
	_, err = s.Scope.Exec(ctx, qAddDayUsage, c.Started.UTC().Format("2006-01-02"), c.Identifier(), c.Counts.Input, c.Counts.Output, c.Counts.Reasoning,
		c.Counts.CacheRead, c.Counts.CacheWriteShort, c.Counts.CacheWriteLong, c.Cost)
	if err != nil {
		return false, dbkernel.Wrap("add to the day's usage", err)
	}
	return true, s.addPersonUsage(ctx, c)
}

func (s Scope) addSessionUsage(ctx context.Context, c usage.Call) error {
	if c.Session == "" {
		return nil
	}
	n, err := s.Scope.Exec(ctx, qAddSessionUsage, c.Session, c.Counts.Input, c.Counts.Output, c.Counts.Reasoning, c.Counts.CacheRead, c.Counts.CacheWriteShort, c.Counts.CacheWriteLong, c.Cost)
	if err != nil {
		return dbkernel.Wrap("add to the session's usage", err)
	}
	if n == 0 {
		return fault.Missing("session")
	}
	return s.logChange(ctx, session.ID(c.Session), "usage", 0, 0)
}

// Calls reads a page of a session's model calls, newest first: those before an id, or the newest for "". more reports whether older
// ones follow.
func (s Scope) Calls(ctx context.Context, id session.ID, before string, limit int) (calls []usage.Call, more bool, err error) {
	if before == "" {
		calls, err = dbkernel.Collect(scanCall)(s.Scope.Query(ctx, qCalls, id, limit+1))
	} else {
		calls, err = dbkernel.Collect(scanCall)(s.Scope.Query(ctx, qCallsBefore, id, limit+1, before))
	}
	if more = len(calls) > limit; more {
		calls = calls[:limit]
	}
	return calls, more, dbkernel.Wrap("list model calls", err)
}

// Call reads one model call.
func (s Scope) Call(ctx context.Context, callID string) (usage.Call, error) {
	return dbkernel.First("model call", scanCall)(s.Scope.Query(ctx, qCall, callID))
}

// Blobs reads bodies by address; it leaves out those that retention has deleted.
func (s Scope) Blobs(ctx context.Context, addresses []string) (map[string]string, error) {
	out := map[string]string{}
	for chunk := range slices.Chunk(addresses, manyBlobs) {
		_, err := dbkernel.Collect(func(r dbkernel.Scanner) (struct{}, error) {
			var address, body string
			err := r.Scan(&address, &body)
			out[address] = body
			return struct{}{}, err
		})(s.Scope.Query(ctx, qBlobs, dbkernel.Padded(chunk, manyBlobs)...))
		if err != nil {
			return nil, dbkernel.Wrap("read bodies", err)
		}
	}
	return out, nil
}

func scanCall(r dbkernel.Scanner) (c usage.Call, err error) {
	var firstByte, lastByte dbkernel.NullTime
	var request, response string
	dest := []any{&c.ID, &c.Session, &c.Attempt, &c.AgentSession, &c.Provider, &c.Model, &c.ModelNamed, &c.Endpoint, &c.Title, &c.Stream, &c.Status, &c.Error, &c.Estimated}
	dest = append(append(dest, dbmodels.CountsDest(&c.Counts)...), &c.Cost, dbkernel.TimeDest(&c.Started), &firstByte, &lastByte, &c.Guess.Input, &c.Guess.Output, &request, &response)
	if err = r.Scan(dest...); err != nil {
		return c, err
	}
	c.First, c.Last, c.Response = firstByte.Time, lastByte.Time, json.RawMessage(response)
	c.Request, err = dbkernel.ParseList(request)
	return c, dbkernel.Wrap("request of model call "+c.ID, err)
}

// LastInput reads the input tokens of a conversation's newest measured call; 0 if there is none.
func (s Scope) LastInput(ctx context.Context, id session.ID, conversation string) (int64, error) {
	n, _, err := dbkernel.Maybe(dbkernel.Value[int64])(s.Scope.Query(ctx, qLastInput, id, conversation))
	return n, dbkernel.Wrap("read last input", err)
}
