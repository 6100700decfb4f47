package work

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

const eventColumns = `SELECT seq, type, v, attempt, actor_kind, actor_id, actor_name, at, data FROM events WHERE tenant_id = $1 AND session_id = $2`

// The number of events, and of source keys, in one statement; the statements are built when the program starts.
const (
	manyEvents = 16
	manyKeys   = 32
)

var (
	// The session's row is locked while its events are numbered: two writers wait for each other, and numbers have no gaps.
	qLockSeq = area.ScopedLocked(`SELECT last_seq FROM sessions WHERE tenant_id = $1 AND id = $2`, "FOR NO KEY UPDATE")
	qSetSeq  = area.Scoped(`UPDATE main.sessions SET last_seq = $3 WHERE tenant_id = $1 AND id = $2`)
	qKeys    = area.Scoped(`SELECT source_key FROM events WHERE tenant_id = $1 AND session_id = $2 AND attempt = $3 AND source_key IN (` + dbkernel.Placeholders(4, manyKeys) + `)`)
	qEvent   = area.Scoped(insertEvents(1))
	qEvents  = area.Scoped(insertEvents(manyEvents))
	// One statement checks the lease, locks the row, reserves the numbers and stores the time of the last event.
	qAdvance = area.Scoped(`UPDATE main.sessions SET last_seq = last_seq + $5, last_event_at = $6
		WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND lease_owner = $4 RETURNING last_seq`)

	qEventsAfter = area.Scoped(eventColumns + ` AND seq > $3
		AND EXISTS (SELECT 1 FROM sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL) ORDER BY seq LIMIT $4`)
	qEventsBefore = area.Scoped(eventColumns + ` AND (seq < $3 OR $3 = 0) ORDER BY seq DESC LIMIT $4`)
	qLastSeq      = area.Scoped(`SELECT last_seq FROM sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
)

func insertEvents(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = "($1, $2, $3, " + dbkernel.Placeholders(4+i*9, 9) + ")"
	}
	return `INSERT INTO main.events (tenant_id, session_id, attempt, seq, type, v, actor_kind, actor_id, actor_name, at, data, source_key)
		VALUES ` + strings.Join(values, ", ") + ` ON CONFLICT DO NOTHING`
}

// AppendEvents numbers and stores events of an attempt and returns those that are new. It skips an event whose source key the attempt
// has, which gets no number. An event without a time gets the current time.
func (s Scope) AppendEvents(ctx context.Context, id session.ID, attempt int, evs []event.Event) (stored []event.Event, err error) {
	seq, err := dbkernel.First("session", dbkernel.Value[int64])(s.Scope.Query(ctx, qLockSeq, id))
	if err != nil {
		return nil, dbkernel.Wrap("lock session's log", err)
	}
	known, err := s.storedKeys(ctx, id, attempt, evs)
	if err != nil {
		return nil, err
	}
	for _, e := range evs {
		if e.SourceKey != "" && known[e.SourceKey] {
			continue
		}
		known[e.SourceKey] = true
		seq++
		e.Seq, e.Attempt = seq, attempt
		if e.At.IsZero() {
			e.At = s.Scope.Now()
		}
		stored = append(stored, e)
	}
	if len(stored) == 0 {
		return nil, nil
	}
	if err := s.insertEvents(ctx, id, attempt, stored); err != nil {
		return nil, err
	}
	if _, err = s.Scope.Exec(ctx, qSetSeq, id, seq); err != nil {
		return nil, dbkernel.Wrap("number events", err)
	}
	return stored, s.addAgentUsage(ctx, id, stored)
}

// ErrEventStored means that an event of a report is already stored. Its number is used up, so the transaction must not be committed.
var ErrEventStored = errors.New("db: an event of this report is already stored")

// ReportEvents is HoldLease, AppendEvents and TouchSession in two statements, for reports whose events are all new, as nearly all are.
// Conflict, and nothing changes, if the lease is lost; ErrSeen if AppendEvents must find the events that are stored.
func (s Scope) ReportEvents(ctx context.Context, id session.ID, attempt int, lease string, evs []event.Event) error {
	if lease == "" {
		return leaseLostError()
	}
	now := s.Scope.Now()
	last, ok, err := dbkernel.Maybe(dbkernel.Value[int64])(s.Scope.Query(ctx, qAdvance, id, attempt, lease, len(evs), dbkernel.Millis(now)))
	if err != nil {
		return dbkernel.Wrap("number events", err)
	}
	if !ok {
		return leaseLostError()
	}
	evs = slices.Clone(evs)
	for i := range evs {
		evs[i].Seq, evs[i].Attempt = last-int64(len(evs)-1-i), attempt
		if evs[i].At.IsZero() {
			evs[i].At = now
		}
	}
	if err := s.insertEvents(ctx, id, attempt, evs); err != nil {
		return err
	}
	return s.addAgentUsage(ctx, id, evs)
}

func (s Scope) storedKeys(ctx context.Context, id session.ID, attempt int, evs []event.Event) (map[string]bool, error) {
	known := map[string]bool{}
	var keys []string
	for _, e := range evs {
		if e.SourceKey != "" {
			keys = append(keys, e.SourceKey)
		}
	}
	for chunk := range slices.Chunk(keys, manyKeys) {
		found, err := dbkernel.Collect(dbkernel.Value[string])(s.Scope.Query(ctx, qKeys, append([]any{id, attempt}, dbkernel.Padded(chunk, manyKeys)...)...))
		if err != nil {
			return nil, dbkernel.Wrap("find stored events", err)
		}
		for _, k := range found {
			known[k] = true
		}
	}
	return known, nil
}

func (s Scope) insertEvents(ctx context.Context, id session.ID, attempt int, evs []event.Event) error {
	for len(evs) > 0 {
		q, n := qEvents, manyEvents
		if len(evs) < manyEvents {
			q, n = qEvent, 1
		}
		args := []any{id, attempt}
		for _, e := range evs[:n] {
			args = append(args, e.Seq, e.Type, e.V, e.Actor.Kind, e.Actor.ID, e.Actor.Name, dbkernel.Millis(e.At), string(e.Data), dbkernel.TextOrNull(e.SourceKey))
		}
		stored, err := s.Scope.Exec(ctx, q, args...)
		if err != nil {
			return dbkernel.Wrap("append events", err)
		}
		if stored < int64(n) {
			return ErrEventStored
		}
		evs = evs[n:]
	}
	return nil
}

// Events reads a session's events after a number, ascending; a deleted session has none.
func (s Scope) Events(ctx context.Context, id session.ID, after int64, limit int) ([]event.Event, error) {
	return dbkernel.Collect(scanEvent)(s.Scope.Query(ctx, qEventsAfter, id, after, limit))
}

// EventsBefore reads the last events before a number, or the newest for 0; it returns them ascending.
func (s Scope) EventsBefore(ctx context.Context, id session.ID, before int64, limit int) ([]event.Event, error) {
	evs, err := dbkernel.Collect(scanEvent)(s.Scope.Query(ctx, qEventsBefore, id, before, limit))
	if err != nil {
		return nil, dbkernel.Wrap("read events", err)
	}
	slices.Reverse(evs)
	return evs, nil
}

// LastSeq reads the number of a session's newest event; Missing if the session is another team's or deleted.
func (s Scope) LastSeq(ctx context.Context, id session.ID) (int64, error) {
	return dbkernel.First("session", dbkernel.Value[int64])(s.Scope.Query(ctx, qLastSeq, id))
}

func scanEvent(r dbkernel.Scanner) (e event.Event, err error) {
	var data string
	err = r.Scan(&e.Seq, &e.Type, &e.V, &e.Attempt, &e.Actor.Kind, &e.Actor.ID, &e.Actor.Name, dbkernel.TimeDest(&e.At), &data)
	e.Data = json.RawMessage(data)
	return e, err
}

var qEventsOfType = area.Scoped(eventColumns + ` AND type = $3 ORDER BY seq DESC LIMIT $4`)

// EventsOfType reads the newest events of one type; it returns them ascending.
func (s Scope) EventsOfType(ctx context.Context, id session.ID, t event.Type, limit int) ([]event.Event, error) {
	evs, err := dbkernel.Collect(scanEvent)(s.Scope.Query(ctx, qEventsOfType, id, t, limit))
	if err != nil {
		return nil, dbkernel.Wrap("read events of a type", err)
	}
	slices.Reverse(evs)
	return evs, nil
}
