package kernel

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// System is a transaction across tenants, as sign-in, dispatching and retention need it. Each of its statements has a reason for
// crossing tenants.
type System struct{ x *tx }

// System runs fn across tenants and commits if fn returns nil and no statement failed.
func (d *DB) System(ctx context.Context, fn func(*System) error) error {
	return d.runAcross(ctx, true, fn)
}

// SystemView runs fn on one snapshot across tenants, without writes.
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

// AfterCommit registers f to run after the commit, in the order of the calls. f does not run if the transaction rolls back.
func (s *System) AfterCommit(f func()) {
	if s.x != nil {
		s.x.after = append(s.x.after, f)
	}
}

// Now reads the database's clock.
func (s *System) Now() time.Time { return s.x.db.Clock.Now() }

// Exec runs a statement that writes and returns the number of rows it touched. args start at $1.
func (s *System) Exec(ctx context.Context, q CrossTenantStmt, args ...any) (int64, error) {
	return s.x.execFor(ctx, s, q.Stmt, args)
}

// Query runs a statement that returns rows. args start at $1. Pass the result to Collect, First or Maybe, which close it.
func (s *System) Query(ctx context.Context, q CrossTenantStmt, args ...any) (*Rows, error) {
	return s.x.queryFor(ctx, s, q.Stmt, args)
}

// Find is Query of a filter on a statement; first is the statement's $1.
func (s *System) Find(ctx context.Context, f *Filter, first any) (*Rows, error) {
	return s.x.queryFor(ctx, s, f.Done(), append([]any{first}, f.args...))
}

// ExecOne is Exec for a row that must exist: if it touches none, it returns a Missing fault about noun.
func (s *System) ExecOne(ctx context.Context, noun string, q CrossTenantStmt, args ...any) error {
	n, err := s.Exec(ctx, q, args...)
	if err == nil && n == 0 {
		return fault.Missing(noun)
	}
	return err
}
