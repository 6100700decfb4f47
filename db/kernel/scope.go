package kernel

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Scope is a transaction inside one tenant. Its methods see and change that tenant's rows only. The zero Scope, and a Scope that is
// kept after its function returned, reject every statement.
type Scope struct {
	x      *tx
	tenant tenant.ID
}

// View runs fn on one snapshot in the scope of t, without writes. It rejects an empty t.
func (d *DB) View(ctx context.Context, t tenant.ID, fn func(*Scope) error) error {
	return d.runTx(ctx, mode{tenantRole, false}, func(x *tx) error { return x.runScoped(ctx, t, fn) })
}

// Update runs fn in the scope of t and commits if fn returns nil and no statement failed. It rejects an empty t.
func (d *DB) Update(ctx context.Context, t tenant.ID, fn func(*Scope) error) error {
	return d.runTx(ctx, mode{tenantRole, true}, func(x *tx) error { return x.runScoped(ctx, t, fn) })
}

// Batch is one transaction that writes for several tenants, one after another.
type Batch struct{ x *tx }

// Batch runs fn in a transaction whose scope In switches, and commits if fn returns nil and no statement failed.
func (d *DB) Batch(ctx context.Context, fn func(*Batch) error) error {
	return d.runTx(ctx, mode{tenantRole, true}, func(x *tx) error {
		b := &Batch{x}
		defer func() { b.x = nil }()
		return fn(b)
	})
}

// In runs fn in the scope of t. It rejects an empty t, and a call inside another.
func (b *Batch) In(ctx context.Context, t tenant.ID, fn func(*Scope) error) error {
	if b.x == nil {
		return errNoScope
	}
	return b.x.runScoped(ctx, t, fn)
}

func (x *tx) runScoped(ctx context.Context, t tenant.ID, fn func(*Scope) error) error {
	if t == "" || x.holder != nil {
		return errNoScope
	}
	if err := x.setScope(ctx, string(t)); err != nil {
		return x.noteFailure(err)
	}
	s := &Scope{x: x, tenant: t}
	x.holder = s
	defer func() { x.holder = nil }()
	return fn(s)
}

// Tenant is the tenant of the scope.
func (s *Scope) Tenant() tenant.ID { return s.tenant }

// AfterCommit registers f to run after the commit, in the order of the calls. f does not run if the transaction rolls back. This is
// the place to notify others of a change.
func (s *Scope) AfterCommit(f func()) {
	if s.x != nil {
		s.x.after = append(s.x.after, f)
	}
}

// Now reads the database's clock.
func (s *Scope) Now() time.Time { return s.x.db.Clock.Now() }

func (s *Scope) withTenant(args []any) []any { return append([]any{string(s.tenant)}, args...) }

// Exec runs a statement that writes and returns the number of rows it touched. args start at $2.
func (s *Scope) Exec(ctx context.Context, q Stmt, args ...any) (int64, error) {
	return s.x.execFor(ctx, s, q, s.withTenant(args))
}

// Query runs a statement that returns rows. args start at $2. Pass the result to Collect, First or Maybe, which close it.
func (s *Scope) Query(ctx context.Context, q Stmt, args ...any) (*Rows, error) {
	return s.x.queryFor(ctx, s, q, s.withTenant(args))
}

// Find is Query of a filter.
func (s *Scope) Find(ctx context.Context, f *Filter) (*Rows, error) {
	return s.Query(ctx, f.Done(), f.args...)
}

// ExecOne is Exec for a row that must exist: if it touches none, it returns a Missing fault about noun.
func (s *Scope) ExecOne(ctx context.Context, noun string, q Stmt, args ...any) error {
	n, err := s.Exec(ctx, q, args...)
	if err == nil && n == 0 {
		return fault.Missing(noun)
	}
	return err
}
