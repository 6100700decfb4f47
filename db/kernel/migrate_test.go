package kernel_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func TestOpenMakesAPrivateFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "with ?#% blanks.db")
	d := dbtest.Reopen(t, path)
	if v, err := d.SchemaVersion(t.Context()); err != nil || v < 2 {
		t.Errorf("schema version %d, %v", v, err)
	}
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(path + suffix); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("file%s: %v, %v", suffix, info.Mode(), err)
		}
	}
	if err := d.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := dbtest.File(t)
	plain := dbkernel.Plain(path)
	if _, err := plain.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := db.Open(t.Context(), dbkernel.Options{Path: path})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "9999") {
		t.Errorf("newer schema: %v", err)
	}
}

func TestCopyBeforeMigrating(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "orchestrator.db")
	plain := dbkernel.Plain(path)
	// A database of the version before the first: empty but for goose's own table and a row to find again.
	_, err := plain.Exec(`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))); INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1);
		CREATE TABLE keepsake (x TEXT); INSERT INTO keepsake VALUES ('here')`)
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	dbtest.Reopen(t, path)
	copies, _ := filepath.Glob(path + ".v1.*")
	if len(copies) != 1 {
		t.Fatalf("copies: %v", copies)
	}
	old := dbkernel.Plain(copies[0])
	defer old.Close()
	var x string
	var tables int
	if err := old.QueryRow(`SELECT x, (SELECT count(*) FROM sqlite_schema WHERE name = 'sessions') FROM keepsake`).Scan(&x, &tables); err != nil || x != "here" || tables != 0 {
		t.Errorf("the copy holds %q and %d sessions tables: %v", x, tables, err)
	}
}

func TestPostgresRefusesLoginsTheWallsDoNotHold(t *testing.T) {
	t.Parallel()
	owner := dbtest.Database(t)
	_, err := db.Open(t.Context(), dbkernel.Options{DSN: owner})
	if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "superuser") {
		t.Errorf("served as superuser: %v", err)
	}
}

func TestPostgresWantsMigrateFirst(t *testing.T) {
	t.Parallel()
	owner := dbtest.Empty(t)
	dbtest.Postgres(t) // makes the login and the roles
	_, err := db.Open(t.Context(), dbkernel.Options{DSN: dbtest.As(t, owner, dbtest.ServeLogin)})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "migrate") {
		t.Errorf("served without a schema: %v", err)
	}
	errs := make(chan error, 2)
	for range 2 {
		go func() { errs <- db.Migrate(t.Context(), owner, dbtest.ServeLogin) }()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	d, err := db.Open(t.Context(), dbkernel.Options{DSN: dbtest.As(t, owner, dbtest.ServeLogin)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := db.Migrate(t.Context(), owner); err != nil {
		t.Errorf("migrate again: %v", err)
	}
}

func TestBadAddressHidesThePassword(t *testing.T) {
	t.Parallel()
	_, err := db.Open(t.Context(), dbkernel.Options{DSN: "postgres://u:verysecret@host:notaport/x"})
	if err == nil || strings.Contains(err.Error(), "verysecret") {
		t.Errorf("bad address: %v", err)
	}
}

func TestPostgresNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	owner := dbtest.Database(t)
	dbtest.Run(t, owner, `INSERT INTO main.goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	_, err := db.Open(t.Context(), dbkernel.Options{DSN: dbtest.As(t, owner, dbtest.ServeLogin)})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "9999") {
		t.Errorf("serve on a newer schema: %v", err)
	}
	if err := db.Migrate(t.Context(), owner); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "9999") {
		t.Errorf("migrate a newer schema: %v", err)
	}
}

func TestPostgresRefusesLoginsOfTheWrongKind(t *testing.T) {
	t.Parallel()
	owner := dbtest.Database(t)
	for name, kind := range map[string]struct{ attributes, grant, want string }{
		"bypass": {"BYPASSRLS", "GRANT orc_tenant, orc_system TO ", "BYPASSRLS"},
		"half":   {"NOBYPASSRLS", "GRANT orc_tenant TO ", "not a member"},
	} {
		login := "orc_test_" + name + strings.ReplaceAll(id.New(), "-", "")
		dbtest.Run(t, owner, `CREATE ROLE `+login+` LOGIN PASSWORD '`+login+`' `+kind.attributes)
		t.Cleanup(func() { dbtest.Run(t, owner, `DROP ROLE `+login) })
		dbtest.Run(t, owner, kind.grant+login)
		_, err := db.Open(t.Context(), dbkernel.Options{DSN: dbtest.As(t, owner, login)})
		if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), kind.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
