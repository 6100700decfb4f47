package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// System is a transaction across tenants: signing in, dispatching, retention. Each of its statements says why it crosses.
type System struct{ x *tx }

// System reads and writes across tenants and commits when fn gives no error and no statement failed.
func (d *DB) System(ctx context.Context, fn func(*System) error) error {
	return d.system(ctx, true, fn)
}

// SystemView reads across tenants: one snapshot, no writes.
func (d *DB) SystemView(ctx context.Context, fn func(*System) error) error {
	return d.system(ctx, false, fn)
}

func (d *DB) system(ctx context.Context, write bool, fn func(*System) error) error {
	return d.in(ctx, mode{systemRole, write}, func(x *tx) error {
		s := &System{x}
		x.holder = s
		defer func() { x.holder = nil }()
		return fn(s)
	})
}

// AfterCommit runs f once the transaction is committed, in the order of the calls; never when it is not.
func (s *System) AfterCommit(f func()) {
	if s.x != nil {
		s.x.after = append(s.x.after, f)
	}
}

// now is the database's clock.
func (s *System) now() time.Time { return s.x.db.clock.Now() }

func (s *System) exec(ctx context.Context, q crossing, args ...any) (int64, error) {
	return s.x.run(ctx, s, q.stmt, args)
}

func (s *System) query(ctx context.Context, q crossing, args ...any) (*rows, error) {
	return s.x.read(ctx, s, q.stmt, args)
}

// find reads what a filter on a statement made; first is the statement's $1.
func (s *System) find(ctx context.Context, f *filter, first any) (*rows, error) {
	return s.x.read(ctx, s, f.done(), append([]any{first}, f.args...))
}

func (s *System) must(ctx context.Context, noun string, q crossing, args ...any) error {
	n, err := s.exec(ctx, q, args...)
	if err == nil && n == 0 {
		return fault.Missing(noun)
	}
	return err
}
