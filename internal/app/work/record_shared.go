package work

import (
	"context"
	"slices"
	"sync"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// recording is a runner's report on its way into the database. Its caller waits for done as long as ctx lives.
type recording struct {
	ctx   context.Context
	lease Lease
	batch session.Batch
	done  chan error
}

// recorder lets reports of many sessions share a transaction: while one is written, those that arrive wait for the next together.
// A thousand agents that report at once are then written as fast as the database writes rows, not transactions.
type recorder struct {
	mu      sync.Mutex
	waiting []recording
	writers int
	idle    chan struct{} // closed when the last writer ends; nil while there is none
}

// The most reports that share a transaction, and the time limit of one.
const (
	maxShared    = 64
	recordWithin = time.Minute
)

// writesOwnRows reports whether a report writes rows of its own session only. Others lock the team's counters too: with those of several
// sessions in one transaction, a person who moves one of the sessions could cause a deadlock.
func writesOwnRows(b session.Batch) bool {
	return b.Doing == "" && len(b.Asks) == 0 && len(b.Gone)+len(b.Vanished) == 0 && b.Waiting == nil && b.Trouble == nil && !slices.ContainsFunc(b.Events, isUsage)
}

// isUsage reports whether an event adds to the usage of its team.
func isUsage(e event.Event) bool { return e.Type == event.AgentUsage }

// recordTogether queues a report and waits until it is written or ctx ends. A report whose caller has gone may still be written.
func (a *Verbs) recordTogether(ctx context.Context, l Lease, b session.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := recording{ctx: ctx, lease: l, batch: b, done: make(chan error, 1)}
	if a.records.add(r, a.k.DB.Writers()) {
		go a.writeRecords()
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// FinishRecords waits until every report that was handed over is written, or ctx ends. Call it before the database closes.
func (a *Verbs) FinishRecords(ctx context.Context) error {
	for {
		idle := a.records.whenIdle()
		if idle == nil {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// add queues a report. It reports whether the caller must start another writer: there are at most as many as the database
// serves at once.
func (q *recorder) add(r recording, most int) (startWriter bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
	if q.writers >= most {
		return false
	}
	if q.writers++; q.writers == 1 {
		q.idle = make(chan struct{})
	}
	return true
}

// next returns the reports that a writer writes next; none means that the writer has ended.
func (q *recorder) next() []recording {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), maxShared)
	rs := q.waiting[:n:n]
	if q.waiting = q.waiting[n:]; n > 0 {
		return rs
	}
	q.waiting = nil
	if q.writers--; q.writers == 0 {
		close(q.idle)
		q.idle = nil
	}
	return nil
}

// whenIdle is closed when no writer is left; nil means that there is none now.
func (q *recorder) whenIdle() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.idle
}

// writeRecords writes reports until none waits. Every caller gets a result, even if a report panics.
func (a *Verbs) writeRecords() {
	for rs := a.records.next(); len(rs) > 0; rs = a.records.next() {
		for i, err := range writeAll(rs, recordWithin, a.writeTogether, a.writeAlone) {
			rs[i].done <- err
		}
	}
}

// writeAll writes reports with together and returns the error of each. If that fails, nothing was written, and it writes each report
// with alone, with a time limit of its own: the shared transaction may have exceeded its limit.
func writeAll(rs []recording, within time.Duration, together func(context.Context, []recording, []error) error, alone func(context.Context, recording) error) []error {
	errs := make([]error, len(rs))
	err := runWithin(context.Background(), within, func(ctx context.Context) error { return together(ctx, rs, errs) })
	if err == nil {
		return errs
	}
	for i, r := range rs {
		errs[i] = runWithin(r.ctx, within, func(ctx context.Context) error { return alone(ctx, r) })
	}
	return errs
}

// runWithin runs fn with a time limit. It returns a panic as an error, because the writer serves many sessions.
func runWithin(ctx context.Context, within time.Duration, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return fault.Catch(func() error { return fn(ctx) })
}

// writeTogether writes reports in one transaction. A lost lease refuses its own report only; any other fault refuses all.
func (a *Verbs) writeTogether(ctx context.Context, rs []recording, errs []error) error {
	return a.k.DB.Batch(ctx, func(b *dbkernel.Batch) error {
		for i, r := range rs {
			if errs[i] = r.ctx.Err(); errs[i] != nil {
				continue
			}
			if err := b.In(ctx, r.lease.Tenant, func(sc *dbkernel.Scope) error {
				errs[i] = a.recordNew(ctx, sc, r.lease, r.batch)
				if fault.Is(errs[i], fault.Conflict) {
					return nil
				}
				return errs[i]
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *Verbs) writeAlone(ctx context.Context, r recording) error {
	return a.recordAlone(ctx, r.lease, r.batch)
}
