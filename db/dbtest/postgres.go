package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db"

	_ "github.com/jackc/pgx/v5/stdlib"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// ServeLogin is the ordinary login that tests serve with; its password is its name.
const ServeLogin = "orc_test_serve"

// Owner is the DSN of the PostgreSQL server's owner. Without TEST_POSTGRES the test is skipped; with CI=true it fails, unless
// TEST_POSTGRES is "elsewhere": another run of the same tests has the server then.
func Owner(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("TEST_POSTGRES")
	if dsn == "" && os.Getenv("CI") == "true" {
		t.Fatal("TEST_POSTGRES is not set, but CI must run on PostgreSQL too")
	}
	if dsn == "" || dsn == "elsewhere" {
		t.Skip("left out: TEST_POSTGRES names no server")
	}
	return dsn
}

// Postgres returns a fresh, migrated PostgreSQL database that an ordinary login opened; it is dropped when the test ends.
// c is its clock, by default the real one.
func Postgres(t testing.TB, c ...clock.Clock) *dbkernel.DB {
	t.Helper()
	owner := Database(t)
	o := dbkernel.Options{DSN: As(t, owner, ServeLogin)}
	if len(c) > 0 {
		o.Clock = c[0]
	}
	d, err := db.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	// Tests change tables between two reads, so no statement is kept.
	closeAfter(t, d, "pgx", owner+"&search_path=main&default_query_exec_mode=describe_exec")
	return d
}

// Database creates a fresh, migrated database and returns its owner's DSN; it is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	server := Owner(t)
	from, err := postgresTemplate()
	if err != nil {
		t.Fatalf("make template database: %v", err)
	}
	return createDatabase(t, server, " TEMPLATE "+from+copies())
}

// copies is the way in which PostgreSQL 15 and later copy a template with half the work; older ones know no other.
var copies = sync.OnceValue(func() string {
	c, err := sql.Open("pgx", os.Getenv("TEST_POSTGRES"))
	if err != nil {
		return ""
	}
	defer c.Close()
	var version int
	if err := c.QueryRow(`SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil || version < 150000 {
		return ""
	}
	return " STRATEGY file_copy"
})

// Empty creates a database without any migration and returns its owner's DSN; it is dropped when the test ends.
func Empty(t testing.TB) string { return createDatabase(t, Owner(t), "") }

func createDatabase(t testing.TB, server, from string) string {
	t.Helper()
	name := "orc_" + strings.ReplaceAll(id.New(), "-", "")
	Run(t, server, "CREATE DATABASE "+name+from)
	t.Cleanup(func() { Run(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	dsn, err := withDatabase(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// Run runs a statement as the owner.
func Run(t testing.TB, dsn, statement string) {
	t.Helper()
	if err := execAsOwner(dsn, statement); err != nil {
		t.Fatal(err)
	}
}

func execAsOwner(dsn string, statements ...string) error {
	c, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, s := range statements {
		if _, err := c.Exec(s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func withDatabase(dsn, database string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fmt.Errorf("TEST_POSTGRES must be a postgres:// address: %w", err)
	}
	u.Path = "/" + database
	return u.String(), nil
}

// As is dsn with the login name, whose password is its name.
func As(t testing.TB, dsn, name string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, name)
	return u.String()
}

// postgresTemplate names a migrated database to copy. All test programs share it; the first makes it.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	server := os.Getenv("TEST_POSTGRES")
	name := "orc_template_" + dbkernel.Fingerprint()
	c, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	defer c.Close()
	c.SetMaxOpenConns(1) // the lock belongs to the connection
	if _, err := c.Exec(`SELECT pg_advisory_lock(7210934)`); err != nil {
		return "", err
	}
	var n int
	if err := c.QueryRow(`SELECT count(*) FROM pg_database WHERE datname = $1`, name).Scan(&n); err != nil || n > 0 {
		return name, err
	}
	half := "orc_half_" + strings.ReplaceAll(id.New(), "-", "")
	if _, err := c.Exec("CREATE DATABASE " + half); err != nil {
		return "", err
	}
	if err := prepareTemplate(server, half); err != nil {
		return "", err
	}
	_, err = c.Exec("ALTER DATABASE " + half + " RENAME TO " + name)
	return name, err
})

func prepareTemplate(server, database string) error {
	const login = `DO $do$ BEGIN CREATE ROLE ` + ServeLogin + ` LOGIN NOINHERIT PASSWORD '` + ServeLogin + `';
		EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$`
	if err := execAsOwner(server, login); err != nil {
		return err
	}
	dsn, err := withDatabase(server, database)
	if err != nil {
		return err
	}
	return db.Migrate(context.Background(), dsn, ServeLogin)
}
