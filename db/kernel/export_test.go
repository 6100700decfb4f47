package kernel

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// What follows lets tests run statements that a registration rejects, to see that the database rejects or confines them too.

// testArea may write tables of other areas.
var testArea = &Area{Name: "test", foreign: true}

var (
	testTenant = testArea.CrossTenant("a test makes its own tenants", `INSERT INTO main.tenants (id, slug, name, created_at) VALUES ($1, $1, $1, 1)`)
	testBlob   = testArea.Scoped(`INSERT INTO main.model_blobs (tenant_id, address, body, created_at) VALUES ($1, $2, $3, 1)`)
	testBlobs  = testArea.Scoped(`SELECT address FROM model_blobs WHERE tenant_id = $1 ORDER BY address`)
)

// PutTestTenant makes a bare tenant.
func (s *System) PutTestTenant(ctx context.Context, id string) error {
	_, err := s.Exec(ctx, testTenant, id)
	return err
}

// PutBlob writes a row of a tenant table that nothing else refers to.
func PutBlob(ctx context.Context, s *Scope, address, body string) error {
	_, err := s.Exec(ctx, testBlob, address, body)
	return err
}

// Blobs reads those rows.
func Blobs(ctx context.Context, s *Scope) ([]string, error) {
	return Collect(Value[string])(s.Query(ctx, testBlobs))
}

// Write runs any text as a statement that writes table.
func Write(ctx context.Context, s *Scope, table, text string, args ...any) (int64, error) {
	return s.x.execFor(ctx, s, Stmt{text: text, table: table}, args)
}

// Read runs any text and returns the first column of its rows.
func Read(ctx context.Context, s *Scope, text string, args ...any) ([]string, error) {
	return Collect(Value[string])(s.x.queryFor(ctx, s, Stmt{text: text}, args))
}

// ReadCrossing is Read across tenants.
func ReadCrossing(ctx context.Context, s *System, text string, args ...any) ([]string, error) {
	return Collect(Value[string])(s.x.queryFor(ctx, s, Stmt{text: text}, args))
}

// WriteCrossing is Write across tenants.
func WriteCrossing(ctx context.Context, s *System, text string, args ...any) (int64, error) {
	return s.x.execFor(ctx, s, Stmt{text: text}, args)
}

// Unscoped reads through a tenant's connection before any scope was set.
func Unscoped(ctx context.Context, d *DB, text string) ([]string, error) {
	var out []string
	err := d.runTx(ctx, mode{tenantRole, false}, func(x *tx) error {
		r, err := x.query(ctx, Stmt{text: text}, nil)
		out, err = Collect(Value[string])(&Rows{r, x}, err)
		return err
	})
	return out, err
}

// CheckStatement is the check of a registration.
func CheckStatement(text string) (string, error) { return checkStatement(text) }

// Plain opens the SQLite file at path without any wall.
func Plain(path string) *sql.DB {
	return sql.OpenDB(connector{plainDriver, sqliteDSN(path, true, 4096)})
}

// Postgres reports whether d runs on PostgreSQL.
func (d *DB) Postgres() bool { _, ok := d.engine.(*postgresEngine); return ok }

// ReadPlan is how SQLite would run text.
func ReadPlan(ctx context.Context, s *Scope, text string, args ...any) ([]string, error) {
	scan := func(r Scanner) (detail string, err error) {
		var a, b, c int
		err = r.Scan(&a, &b, &c, &detail)
		return detail, err
	}
	return Collect(scan)(s.x.queryFor(ctx, s, Stmt{text: `EXPLAIN QUERY PLAN ` + text}, args))
}

// Dump reads every row and column of a query, each row as one line, sorted.
func Dump(ctx context.Context, s *Scope, text string) ([]string, error) {
	r, err := s.x.queryFor(ctx, s, Stmt{text: text}, nil)
	if err != nil {
		return nil, err
	}
	columns, err := r.Columns()
	if err != nil {
		return nil, err
	}
	out, err := Collect(func(r Scanner) (string, error) {
		values := make([]any, len(columns))
		dest := make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		err := r.Scan(dest...)
		return fmt.Sprintf("%q", values), err
	})(r, nil)
	slices.Sort(out)
	return out, err
}

// Registering runs f as if before the first Open and undoes what it registered. It returns the panic of f, or "". No other test may run
// at the same time.
func Registering(f func()) (said string) {
	was, before := sealed.Swap(false), [4]int{len(areas), len(registered), len(crossings), len(clauses)}
	defer func() {
		sealed.Store(was)
		areas, registered, crossings, clauses = areas[:before[0]], registered[:before[1]], crossings[:before[2]], clauses[:before[3]]
		if p := recover(); p != nil {
			said = fmt.Sprint(p)
		}
	}()
	f()
	return ""
}

// TestArea is the area of these tests.
var TestArea = testArea

// LockSettings are the settings of the connection that holds a lock on PostgreSQL.
func LockSettings(ctx context.Context, l *ServerLock) (out []string, err error) {
	for _, name := range []string{"tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout"} {
		var v string
		if err := l.pg.conn.QueryRowContext(ctx, `SHOW `+name).Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// CheckLock is one look of Watch.
func CheckLock(ctx context.Context, l *ServerLock) error { return l.pg.check(ctx) }
