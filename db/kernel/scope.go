package kernel

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Scope is a transaction inside one tenant. Its methods see and change that tenant's rows only; the zero Scope refuses
// everything, and so does a Scope kept after its door closed.
type Scope struct {
	x      *tx
	tenant tenant.ID
}

// View reads in the scope of t: one snapshot, no writes. An empty t is refused.
func (d *DB) View(ctx context.Context, t tenant.ID, fn func(*Scope) error) error {
	return d.runTx(ctx, mode{tenantRole, false}, func(x *tx) error { return x.runScoped(ctx, t, fn) })
}

// Update reads and writes in the scope of t and commits when fn gives no error and no statement failed. An empty t is refused.
func (d *DB) Update(ctx context.Context, t tenant.ID, fn func(*Scope) error) error {
	return d.runTx(ctx, mode{tenantRole, true}, func(x *tx) error { return x.runScoped(ctx, t, fn) })
}

// Batch is one transaction that writes for several tenants, one after the other.
type Batch struct{ x *tx }

// Batch opens a transaction whose scope is switched by In; it commits when fn gives no error and no statement failed.
func (d *DB) Batch(ctx context.Context, fn func(*Batch) error) error {
	return d.runTx(ctx, mode{tenantRole, true}, func(x *tx) error {
		b := &Batch{x}
		defer func() { b.x = nil }()
		return fn(b)
	})
}

// In switches the batch to t for the length of fn. A Scope inside another is refused.
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

// Tenant is whose scope this is.
func (s *Scope) Tenant() tenant.ID { return s.tenant }

// AfterCommit runs f once the transaction is committed, in the order of the calls; never when it is not. Bells are rung here.
func (s *Scope) AfterCommit(f func()) {
	if s.x != nil {
		s.x.after = append(s.x.after, f)
	}
}

// Now is the database's clock.
func (s *Scope) Now() time.Time { return s.x.db.Clock.Now() }

func (s *Scope) withTenant(args []any) []any { return append([]any{string(s.tenant)}, args...) }

// Exec writes and gives the number of rows touched; the tenant is $1.
func (s *Scope) Exec(ctx context.Context, q Stmt, args ...any) (int64, error) {
	return s.x.execFor(ctx, s, q, s.withTenant(args))
}

// Query reads; the tenant is $1. Give the result to collect, first or maybe.
func (s *Scope) Query(ctx context.Context, q Stmt, args ...any) (*Rows, error) {
	return s.x.queryFor(ctx, s, q, s.withTenant(args))
}

// Find reads what a filter made.
func (s *Scope) Find(ctx context.Context, f *Filter) (*Rows, error) {
	return s.Query(ctx, f.Done(), f.args...)
}

// ExecOne is exec for a row that has to be there: none touched is a Missing fault about noun.
func (s *Scope) ExecOne(ctx context.Context, noun string, q Stmt, args ...any) error {
	n, err := s.Exec(ctx, q, args...)
	if err == nil && n == 0 {
		return fault.Missing(noun)
	}
	return err
}
