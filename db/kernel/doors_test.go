package kernel_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func blobs(t *testing.T, d *dbkernel.DB, team tenant.ID) (out []string) {
	t.Helper()
	err := d.View(t.Context(), team, func(s *dbkernel.Scope) (err error) {
		out, err = dbkernel.Blobs(t.Context(), s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUpdateCommitsOrLeavesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ctx := t.Context()
		rang := []string{}
		put := func(end error) error {
			return d.Update(ctx, "a", func(s *dbkernel.Scope) error {
				s.AfterCommit(func() { rang = append(rang, "first") })
				s.AfterCommit(func() { rang = append(rang, "second") })
				return errors.Join(dbkernel.PutBlob(ctx, s, "a3", "x"), end)
			})
		}
		boom := errors.New("boom")
		if err := put(boom); !errors.Is(err, boom) {
			t.Fatalf("error of the function: %v", err)
		}
		if got := blobs(t, d, "a"); len(got) != 2 || len(rang) != 0 {
			t.Errorf("after an error: %v, hooks %v", got, rang)
		}
		if err := put(nil); err != nil {
			t.Fatal(err)
		}
		if got := blobs(t, d, "a"); !slices.Equal(got, []string{"a1", "a2", "a3"}) || !slices.Equal(rang, []string{"first", "second"}) {
			t.Errorf("after a commit: %v, hooks %v", got, rang)
		}
	})
}

func TestPassedOverErrorIsNotCommitted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ctx := t.Context()
		err := d.Update(ctx, "a", func(s *dbkernel.Scope) error {
			if err := dbkernel.PutBlob(ctx, s, "a9", "x"); err != nil {
				return err
			}
			_ = dbkernel.PutBlob(ctx, s, "a1", "there already")
			return nil
		})
		if err == nil {
			t.Error("a transaction with a failed statement was committed")
		}
		if got := blobs(t, d, "a"); len(got) != 2 {
			t.Errorf("rows: %v", got)
		}
	})
}

func TestPanicLeavesNothingAndFreesTheWriter(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ctx := t.Context()
		func() {
			defer func() { _ = recover() }()
			_ = d.Update(ctx, "a", func(s *dbkernel.Scope) error {
				if err := dbkernel.PutBlob(ctx, s, "a9", "x"); err != nil {
					return err
				}
				panic("a defect")
			})
		}()
		if err := d.Update(ctx, "a", func(s *dbkernel.Scope) error { return dbkernel.PutBlob(ctx, s, "a3", "x") }); err != nil {
			t.Fatal(err)
		}
		if got := blobs(t, d, "a"); !slices.Equal(got, []string{"a1", "a2", "a3"}) {
			t.Errorf("rows: %v", got)
		}
	})
}

func TestViewWritesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ctx := t.Context()
		if err := d.View(ctx, "a", func(s *dbkernel.Scope) error { return dbkernel.PutBlob(ctx, s, "a3", "x") }); err == nil {
			t.Error("View wrote")
		}
		if err := d.SystemView(ctx, func(s *dbkernel.System) error { return s.PutTestTenant(ctx, "c") }); err == nil {
			t.Error("SystemView wrote")
		}
	})
}

func TestBatchSwitchesTheScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ctx := t.Context()
		rang := 0
		var outside *dbkernel.Scope
		err := d.Batch(ctx, func(b *dbkernel.Batch) error {
			for _, team := range []tenant.ID{"a", "b", "a"} {
				err := b.In(ctx, team, func(s *dbkernel.Scope) error {
					s.AfterCommit(func() { rang++ })
					if err := b.In(ctx, "b", func(*dbkernel.Scope) error { return nil }); err == nil {
						t.Error("a scope inside a scope was let in")
					}
					got, err := dbkernel.Blobs(ctx, s)
					if len(got) == 0 || got[0] != string(team)+"1" {
						t.Errorf("in scope %s: %v", team, got)
					}
					outside = s
					return errors.Join(err, dbkernel.PutBlob(ctx, s, string(team)+string(rune('5'+len(got))), "x"))
				})
				if err != nil {
					return err
				}
				if _, err := dbkernel.Blobs(ctx, outside); err == nil {
					t.Error("a scope was usable after its group")
				}
			}
			return b.In(ctx, "", func(*dbkernel.Scope) error { return nil })
		})
		if err == nil {
			t.Error("an empty tenant was let into a batch")
		}
		if rang != 0 || len(blobs(t, d, "a")) != 2 || len(blobs(t, d, "b")) != 2 {
			t.Errorf("a failed batch left something: hooks %d", rang)
		}
	})
}

func TestBatchCommitsAllTogether(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ctx := t.Context()
		err := d.Batch(ctx, func(b *dbkernel.Batch) error {
			put := func(team tenant.ID) error {
				return b.In(ctx, team, func(s *dbkernel.Scope) error { return dbkernel.PutBlob(ctx, s, string(team)+"3", "x") })
			}
			return errors.Join(put("a"), put("b"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := blobs(t, d, "a"), blobs(t, d, "b"); len(a) != 3 || len(b) != 3 {
			t.Errorf("rows: %v, %v", a, b)
		}
	})
}

func TestWritersTakeTurns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				team := []tenant.ID{"a", "b"}[i%2]
				err := d.Update(ctx, team, func(s *dbkernel.Scope) error { return dbkernel.PutBlob(ctx, s, string(team)+string(rune('a'+i)), "x") })
				err = errors.Join(err, d.System(ctx, func(s *dbkernel.System) error { return s.PutTestTenant(ctx, "extra"+string(rune('a'+i))) }))
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := rowsOf(t, d); len(got) != 24 {
			t.Errorf("%d rows: %v", len(got), got)
		}
	})
}

func TestDeadlineIsUnavailable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		if d.Postgres() {
			t.Skip("PostgreSQL lets two writers in at once")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		inside := make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- d.Update(ctx, "a", func(s *dbkernel.Scope) error { close(inside); <-ctx.Done(); return nil })
		}()
		<-inside
		short, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		err := d.Update(short, "b", func(*dbkernel.Scope) error { return nil })
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("waiting past the deadline: %v", err)
		}
		cancel()
		<-done
		if err := d.Update(t.Context(), "b", func(s *dbkernel.Scope) error { return dbkernel.PutBlob(t.Context(), s, "b3", "x") }); err != nil {
			t.Errorf("the writer was not given back: %v", err)
		}
	})
}
