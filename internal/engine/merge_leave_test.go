package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// entry reads an entry past the rights, also if its repository is gone.
func (m *merges) entry(title string) (e merge.Entry) {
	m.t.Helper()
	err := m.db.View(context.Background(), m.by.Tenant, func(sc *dbkernel.Scope) (err error) {
		e, err = dbwork.On(sc).MergeEntry(context.Background(), m.entries[title])
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return e
}

// leaves waits until an entry has left the queue.
func (m *merges) leaves(title string) merge.Entry {
	m.t.Helper()
	bell, leave := m.hub.Hang(hub.Team(m.by.Tenant))
	defer leave()
	deadline := time.After(30 * time.Second)
	for {
		if e := m.entry(title); !e.Status.IsOpen() {
			return e
		}
		select {
		case <-bell.Ring:
		case <-deadline:
			m.t.Fatalf("%s is still in the queue", title)
		}
	}
}

func TestWorkInAMergeQueueIsNotDeleted(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.queued("alpha one")
		err := m.app.Work.DeleteSession(t.Context(), m.by, m.work["alpha one"])
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "merge queue") {
			t.Errorf("a session in the queue was deleted: %v", err)
		}
		m.open()
		m.want(t, m.empties(), "alpha one merged", 1)
		if err := m.app.Work.DeleteSession(t.Context(), m.by, m.work["alpha one"]); err != nil {
			t.Errorf("merged, it is not deleted: %v", err)
		}
		if q := m.state(); len(q.Left) != 1 || !q.Left[0].SessionDeleted {
			t.Errorf("its entry does not say that the session is gone: %+v", q.Left)
		}
	})
}

func TestADeletedRepositoryEmptiesItsMergeQueue(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.queued("alpha one", "beta two").open()
		m.empties()
		for _, title := range []string{"alpha one", "beta two"} {
			e, err := m.app.Work.MergeSession(t.Context(), m.by, m.work[title])
			if err != nil {
				t.Fatal(err)
			}
			m.entries[title] = e.ID
		}
		if err := m.app.Repos.DeleteRepository(t.Context(), m.by, m.repo); err != nil {
			t.Fatal(err)
		}
		for _, title := range []string{"alpha one", "beta two"} {
			if e := m.leaves(title); e.Status == merge.Removed && e.Note != "Its repository was deleted." {
				t.Errorf("%s left: %s %q", title, e.Status, e.Note)
			}
		}
	})
}

func TestAnOrphanedEntryLeavesTheMergeQueue(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.queued("alpha one", "beta two")
		m.deletedBefore("alpha one") // as a version did that let it be deleted
		if err := m.app.Repos.DeleteRepository(t.Context(), m.by, m.repo); err != nil {
			t.Fatal(err)
		}
		m.open()
		if e := m.leaves("alpha one"); e.Status != merge.Removed || e.Note != "Its session was deleted." {
			t.Errorf("left as %s %q", e.Status, e.Note)
		}
		if e := m.leaves("beta two"); e.Status != merge.Removed || e.Note != "Its repository was deleted." || e.NotedBy != "" {
			t.Errorf("left as %s %q by %q", e.Status, e.Note, e.NotedBy)
		}
	})
}

// TestAStrayEntryHoldsUpNoQueue: what cannot be taken out is logged, and the queues of all teams go on.
func TestAStrayEntryHoldsUpNoQueue(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.queued("alpha one", "beta two")
		m.deletedBefore("alpha one")
		m.refusesRemovals()
		m.open()
		if e := m.leaves("beta two"); e.Status != merge.Merged {
			t.Errorf("the entry beside it left as %s %q", e.Status, e.Note)
		}
	})
}

// refusesRemovals makes the database refuse to take an entry out of a queue.
func (m *merges) refusesRemovals() {
	m.t.Helper()
	if strings.HasSuffix(m.t.Name(), "/sqlite") {
		dbtest.Exec(m.t, m.db, `CREATE TRIGGER stop BEFORE UPDATE ON merge_entries WHEN NEW.status = 'removed' BEGIN SELECT RAISE(ABORT, 'stopped'); END`)
		return
	}
	dbtest.Exec(m.t, m.db, `CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stopped''; END'`)
	dbtest.Exec(m.t, m.db, `CREATE TRIGGER stop BEFORE UPDATE ON merge_entries FOR EACH ROW WHEN (NEW.status = 'removed') EXECUTE FUNCTION stop()`)
}

// deletedBefore marks a session as deleted without asking its queue.
func (m *merges) deletedBefore(title string) {
	m.t.Helper()
	err := m.db.Update(m.t.Context(), m.by.Tenant, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).DeleteSession(m.t.Context(), m.work[title], m.clock.Now())
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

func TestAMergeThroughTheQueueIsInTheOutcome(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.queued("alpha one").open()
		m.empties()
		all, err := m.app.Work.Outcomes(t.Context(), m.by, m.work["alpha one"])
		if err != nil || len(all) != 1 {
			t.Fatalf("outcomes: %+v, %v", all, err)
		}
		if e := m.entry("alpha one"); all[0].MergedAt == nil || all[0].MergedCommit != e.Commit || !all[0].IsTaken() {
			t.Errorf("the outcome of work that was merged as %q is %+v", e.Commit, all[0])
		}
	})
}
