package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// recording is a runner's report on its way into the database.
type recording struct {
	lease Lease
	batch session.Batch
	done  chan error
}

// recorder lets reports of many sessions share a transaction: while one is written, those that come wait for the next together.
// A thousand agents that talk at once are then written as fast as the database takes rows, not transactions.
type recorder struct {
	mu      sync.Mutex
	waiting []recording
	writers int
}

// Reports that share a transaction at most, and how long it may take.
const (
	shared       = 64
	recordWithin = time.Minute
)

// ownRows says whether a report touches rows of its own session only. Others lock the team's counters too; several sessions'
// in one transaction could wait in a circle for a person who moves one of them.
func ownRows(b session.Batch) bool {
	return b.Doing == "" && len(b.Asks) == 0 && len(b.Gone) == 0 && b.Waiting == nil && b.Trouble == nil && !slices.ContainsFunc(b.Events, ofUsage)
}

// ofUsage says whether an event adds to its team's day.
func ofUsage(e event.Event) bool { return e.Type == event.AgentUsage }

// recordTogether hands a report over and waits until it is written.
func (a *App) recordTogether(ctx context.Context, r recording) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.records.add(r, a.db.Writers()) {
		go a.writeRecords()
	}
	return <-r.done
}

// add says whether one more must write: no more do than the database takes at once.
func (q *recorder) add(r recording, most int) (write bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
	if write = q.writers < most; write {
		q.writers++
	}
	return write
}

// take gives what waits; none means that the writer has ended.
func (q *recorder) take() []recording {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), shared)
	rs := q.waiting[:n:n]
	if q.waiting = q.waiting[n:]; n == 0 {
		q.waiting = nil
		q.writers--
	}
	return rs
}

func (a *App) writeRecords() {
	for rs := a.records.take(); len(rs) > 0; rs = a.records.take() {
		for i, err := range a.writeTogether(rs) {
			rs[i].done <- err
		}
	}
}

// writeTogether writes reports in one transaction and answers what became of each. A lease that was lost refuses its own report;
// after any other fault, an event that is stored already among them, nothing was written, and each is tried alone.
func (a *App) writeTogether(rs []recording) []error {
	ctx, cancel := context.WithTimeout(context.Background(), recordWithin)
	defer cancel()
	errs := make([]error, len(rs))
	err := a.db.Batch(ctx, func(b *db.Batch) error {
		for i, r := range rs {
			if err := b.In(ctx, r.lease.Tenant, func(sc *db.Scope) error {
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
	if err != nil {
		for i, r := range rs {
			errs[i] = a.recordAlone(ctx, r.lease, r.batch)
		}
	}
	return errs
}
