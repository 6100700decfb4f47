// Package dbtest has fresh databases on each available engine for tests, and small builders of rows.
package dbtest

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
)

// Each runs fn on a fresh SQLite file and, when TEST_POSTGRES names a server's owner, on a fresh PostgreSQL database.
// Without it the second is skipped; with CI=true it fails.
func Each(t *testing.T, fn func(t *testing.T, d *dbkernel.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, Open(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t))
	})
}

// Open returns a fresh, migrated SQLite database that is closed when the test ends; c is its clock, by default the real one.
func Open(t testing.TB, c ...clock.Clock) *dbkernel.DB {
	t.Helper()
	return Reopen(t, File(t), c...)
}

// Reopen opens the SQLite file at path, as a second program or a restarted server would.
func Reopen(t testing.TB, path string, c ...clock.Clock) *dbkernel.DB {
	t.Helper()
	o := dbkernel.Options{Path: path}
	if len(c) > 0 {
		o.Clock = c[0]
	}
	d, err := db.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	closeAfter(t, d, "sqlite", "file:"+path+"?_busy_timeout=5000")
	return d
}

// plain holds the pool without walls of each database of a test. There is one pool for the whole test, because a new connection
// costs PostgreSQL a process and SQLite a reading of the whole schema.
var plain sync.Map

type pool struct {
	*sql.DB
	driver string
}

// closeAfter closes d and its pool without walls when the test ends.
func closeAfter(t testing.TB, d *dbkernel.DB, driver, dsn string) {
	t.Helper()
	past, err := sql.Open(driver, dsn) // connects when it is first used
	requireNoError(t, err)
	plain.Store(d, pool{past, driver})
	t.Cleanup(func() {
		plain.Delete(d)
		requireNoError(t, past.Close())
		if err := d.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
}

// Rows reads the first column of a query as stored, of all teams, without walls.
func Rows(t testing.TB, d *dbkernel.DB, text string) (out []string) {
	t.Helper()
	rows, err := unwalledPool(d).Query(text)
	requireNoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var v string
		requireNoError(t, rows.Scan(&v))
		out = append(out, v)
	}
	requireNoError(t, rows.Err())
	return out
}

// Exec runs a statement without walls, for changes that no verb of the product makes.
func Exec(t testing.TB, d *dbkernel.DB, text string, args ...any) {
	t.Helper()
	_, err := unwalledPool(d).Exec(text, args...)
	requireNoError(t, err)
}

// TryExec is Exec of a statement that the database may reject; it returns the error.
func TryExec(t testing.TB, d *dbkernel.DB, text string, args ...any) error {
	t.Helper()
	_, err := unwalledPool(d).Exec(text, args...)
	return err
}

func unwalledPool(d *dbkernel.DB) pool {
	p, _ := plain.Load(d)
	return p.(pool)
}

// File returns the path of a fresh, migrated SQLite file that nobody has open.
func File(t testing.TB) string {
	t.Helper()
	image, err := template()
	if err != nil {
		t.Fatalf("make template database: %v", err)
	}
	path := filepath.Join(t.TempDir(), "orchestrator.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// template is a migrated SQLite file, made once per test program: copying it is faster than migrating again.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "orchestrator-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	d, err := db.Open(context.Background(), dbkernel.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
