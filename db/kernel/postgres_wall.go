package kernel

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate applies the missing migrations to a PostgreSQL database as its owner, and creates the roles orc_tenant and orc_system,
// row-level security on every table of tenants, and grants. Each login in serveAs becomes a member of both roles. Two runs at
// once are safe: one waits for the other.
func Migrate(ctx context.Context, ownerDSN string, serveAs ...string) error {
	config, err := postgresConfig(ownerDSN)
	if err != nil {
		return err
	}
	pool := postgresPool(config, 2)
	defer pool.Close()
	m, err := migrationsFor("postgres")
	if err != nil {
		return err
	}
	if err := raiseRoles(ctx, pool); err != nil {
		return Wrap("create roles", err)
	}
	have, err := readVersion(ctx, pool, postgresHasSchema)
	if err != nil {
		return mapTransient(err)
	}
	if err := refuseNewer(have, m.latestVersion()); err != nil {
		return err
	}
	if err := openWalls(ctx, pool); err != nil {
		return Wrap("open the walls for the owner", err)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return Wrap("create migration lock", err)
	}
	if err := m.applyMissing(ctx, goose.DialectPostgres, pool, goose.WithSessionLocker(locker)); err != nil {
		return err
	}
	return Wrap("raise walls", raisePolicies(ctx, pool, serveAs))
}

// execInOneTx runs statements in one transaction, under a lock that other migrations wait for.
func execInOneTx(ctx context.Context, pool *sql.DB, statements ...string) error {
	t, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }()
	for _, s := range append([]string{`SELECT pg_advisory_xact_lock(7210933)`}, statements...) {
		if _, err := t.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return t.Commit()
}

func raiseRoles(ctx context.Context, pool *sql.DB) error {
	// Roles belong to the whole server, so the migration of another database may create them at the same moment.
	const role = `DO $do$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s') THEN CREATE ROLE %[1]s NOLOGIN NOSUPERUSER NOBYPASSRLS; END IF;
		EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$`
	return execInOneTx(ctx, pool, fmt.Sprintf(role, tenantRoleName), fmt.Sprintf(role, systemRoleName), `CREATE SCHEMA IF NOT EXISTS main`)
}

func tenantTables(ctx context.Context, pool *sql.DB) ([]string, error) {
	rows, err := pool.QueryContext(ctx, `SELECT t.tablename FROM pg_tables t JOIN pg_attribute a
		ON a.attrelid = format('%I.%I', t.schemaname, t.tablename)::regclass AND a.attname = 'tenant_id' AND NOT a.attisdropped
		WHERE t.schemaname = 'main' ORDER BY t.tablename`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		out = append(out, pgx.Identifier{"main", t}.Sanitize())
	}
	return out, rows.Err()
}

// openWalls lets the owner's migrations see rows; raisePolicies closes the walls again.
func openWalls(ctx context.Context, pool *sql.DB) error {
	tables, err := tenantTables(ctx, pool)
	if err != nil {
		return err
	}
	var open []string
	for _, t := range tables {
		open = append(open, `ALTER TABLE `+t+` NO FORCE ROW LEVEL SECURITY`)
	}
	return execInOneTx(ctx, pool, open...)
}

// raisePolicies puts row-level security on every table with a tenant_id, so that a new table has walls as soon as a migration creates it.
func raisePolicies(ctx context.Context, pool *sql.DB, serveAs []string) error {
	tables, err := tenantTables(ctx, pool)
	if err != nil {
		return err
	}
	// orc_tenant gets the tables of tenants only: it cannot read people, sign-ins and settings.
	run := []string{
		`REVOKE ALL ON ALL TABLES IN SCHEMA main FROM PUBLIC, orc_tenant, orc_system`,
		`GRANT USAGE ON SCHEMA main TO orc_tenant, orc_system`,
		`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA main TO orc_system`,
		`REVOKE INSERT, UPDATE, DELETE ON main.goose_db_version FROM orc_system`,
	}
	for _, t := range tables {
		run = append(run, policyStatements(t)...)
	}
	// An audit entry is never changed or deleted: besides the triggers, no role has the right to change more than the seal.
	for _, t := range []string{"main.audit", "main.instance_audit"} {
		run = append(run, `REVOKE UPDATE, DELETE ON `+t+` FROM orc_tenant, orc_system`, `GRANT UPDATE (n, mac) ON `+t+` TO orc_system`)
	}
	for _, login := range serveAs {
		run = append(run, `GRANT orc_tenant, orc_system TO `+pgx.Identifier{login}.Sanitize())
	}
	return execInOneTx(ctx, pool, run...)
}

func policyStatements(table string) []string {
	// Without a tenant the comparison is with NULL and matches no row.
	const mine = `tenant_id = nullif(current_setting('app.tenant', true), '')`
	return strings.Split(strings.NewReplacer("{t}", table, "{mine}", mine).Replace(`ALTER TABLE {t} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {t} FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant ON {t};
CREATE POLICY tenant ON {t} TO orc_tenant USING ({mine}) WITH CHECK ({mine});
DROP POLICY IF EXISTS system ON {t};
CREATE POLICY system ON {t} TO orc_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON {t} TO orc_tenant`), ";")
}
