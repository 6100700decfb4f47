package kernel

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// System is a transaction across tenants: signing in, dispatching, retention. Each of its statements says why it crosses.
type System struct{ x *tx }

// System reads and writes across tenants and commits when fn gives no error and no statement failed.
func (d *DB) System(ctx context.Context, fn func(*System) error) error {
	return d.runAcross(ctx, true, fn)
}

// SystemView reads across tenants: one snapshot, no writes.
func (d *DB) SystemView(ctx context.Context, fn func(*System) error) error {
	return d.runAcross(ctx, false, fn)
}

func (d *DB) runAcross(ctx context.Context, write bool, fn func(*System) error) error {
	return d.runTx(ctx, mode{systemRole, write}, func(x *tx) error {
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

// Now is the database's clock.
func (s *System) Now() time.Time { return s.x.db.Clock.Now() }

func (s *System) Exec(ctx context.Context, q CrossTenantStmt, args ...any) (int64, error) {
	return s.x.execFor(ctx, s, q.Stmt, args)
}

func (s *System) Query(ctx context.Context, q CrossTenantStmt, args ...any) (*Rows, error) {
	return s.x.queryFor(ctx, s, q.Stmt, args)
}

// Find reads what a filter on a statement made; first is the statement's $1.
func (s *System) Find(ctx context.Context, f *Filter, first any) (*Rows, error) {
	return s.x.queryFor(ctx, s, f.Done(), append([]any{first}, f.args...))
}

func (s *System) ExecOne(ctx context.Context, noun string, q CrossTenantStmt, args ...any) error {
	n, err := s.Exec(ctx, q, args...)
	if err == nil && n == 0 {
		return fault.Missing(noun)
	}
	return err
}
