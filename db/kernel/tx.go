package kernel

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// role is the reach of a transaction: inside one tenant or across all.
type role int

const (
	tenantRole role = iota
	systemRole
)

// mode is the reach of a transaction and whether it writes.
type mode struct {
	role  role
	write bool
}

// engine opens transactions on one kind of database.
type engine interface {
	begin(ctx context.Context, m mode) (transaction, error)
	schemaVersion(ctx context.Context) (int64, error)
	ping(ctx context.Context) error
	quickCheck(ctx context.Context) error
	writers() int
	lockServer(ctx context.Context, wait time.Duration) (*ServerLock, error)
	close() error
}

// transaction is one open transaction of an engine. commit or rollback ends it; rollback after commit does nothing.
type transaction interface {
	// setScope sets the tenant whose rows the following statements see; they see no rows for "".
	setScope(ctx context.Context, tenant string) error
	exec(ctx context.Context, s Stmt, args []any) (int64, error)
	query(ctx context.Context, s Stmt, args []any) (*sql.Rows, error)
	commit(ctx context.Context) error
	rollback()
}

// tx is what Scope, System and Batch share: an open transaction, its first failure and the functions to run after the commit.
type tx struct {
	transaction
	db     *DB
	holder any // the Scope or System that may run statements now
	failed error
	after  []func()
}

var errNoScope = errors.New("db: this scope was never opened or is closed")

// noteFailure stores the first error of a statement, so that SQLite does not commit after it either: PostgreSQL rejects the commit.
func (x *tx) noteFailure(err error) error {
	if err != nil && x.failed == nil {
		x.failed = err
		x.db.noteDamage(err)
	}
	return mapTransient(err)
}

func (x *tx) execFor(ctx context.Context, holder any, s Stmt, args []any) (int64, error) {
	if x == nil || x.holder != holder {
		return 0, errNoScope
	}
	n, err := x.exec(ctx, s, cleanTexts(args))
	return n, x.noteFailure(err)
}

func (x *tx) queryFor(ctx context.Context, holder any, s Stmt, args []any) (*Rows, error) {
	if x == nil || x.holder != holder {
		return nil, errNoScope
	}
	r, err := x.query(ctx, s, cleanTexts(args))
	if err != nil {
		return nil, x.noteFailure(err)
	}
	return &Rows{Rows: r, x: x}, nil
}

// runTx opens a transaction of mode m and passes it to fn. If fn and every statement succeeded, it commits and then runs the functions
// of AfterCommit.
func (d *DB) runTx(ctx context.Context, m mode, fn func(*tx) error) error {
	t, err := d.engine.begin(ctx, m)
	if err != nil {
		d.noteDamage(err)
		return mapTransient(fmt.Errorf("begin: %w", err))
	}
	x := &tx{transaction: t, db: d}
	defer t.rollback()
	if err := fn(x); err != nil {
		return err
	}
	if x.failed != nil {
		return fmt.Errorf("a statement failed and its error was ignored: %w", mapTransient(x.failed))
	}
	if !m.write {
		return nil
	}
	if err := t.commit(ctx); err != nil {
		return mapTransient(fmt.Errorf("commit: %w", err))
	}
	for _, f := range x.after {
		f()
	}
	return nil
}

// Rows are the rows of one statement. Collect, First or Maybe must read them before the next statement runs.
type Rows struct {
	*sql.Rows
	x *tx
}

// Scanner is a row whose columns Scan reads.
type Scanner interface{ Scan(dest ...any) error }

// Collect returns a function that reads all rows: Collect(scanToken)(s.Query(ctx, q)).
func Collect[T any](scan func(Scanner) (T, error)) func(*Rows, error) ([]T, error) {
	return func(r *Rows, err error) ([]T, error) {
		if err != nil {
			return nil, err
		}
		defer r.Close()
		var out []T
		for r.Next() {
			v, err := scan(r)
			if err != nil {
				return nil, r.x.noteFailure(fmt.Errorf("read row: %w", err))
			}
			out = append(out, v)
		}
		return out, r.x.noteFailure(r.Err())
	}
}

// First returns a function that reads the first row; without one it returns a Missing fault about noun.
func First[T any](noun string, scan func(Scanner) (T, error)) func(*Rows, error) (T, error) {
	return func(r *Rows, err error) (T, error) {
		v, ok, err := Maybe(scan)(r, err)
		if err == nil && !ok {
			return v, fault.Missing(noun)
		}
		return v, err
	}
}

// Maybe returns a function that reads the first row and reports whether there was one.
func Maybe[T any](scan func(Scanner) (T, error)) func(*Rows, error) (T, bool, error) {
	return func(r *Rows, err error) (v T, ok bool, _ error) {
		all, err := Collect(scan)(r, err)
		if err != nil || len(all) == 0 {
			return v, false, err
		}
		return all[0], true, nil
	}
}

// Value reads a row of one column, for Collect, First and Maybe.
func Value[T any](r Scanner) (v T, err error) { err = r.Scan(&v); return v, err }
