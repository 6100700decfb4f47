package kernel

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

const postgresHasSchema = `SELECT count(*) FROM pg_tables WHERE schemaname = 'main' AND tablename = 'goose_db_version'`

// The roles of transactions. The login itself has no rights.
const (
	tenantRoleName = "orc_tenant"
	systemRoleName = "orc_system"
)

// tenantConns is the number of connections that the transactions of tenants share.
const tenantConns = 10

// postgresEngine is the engine on a PostgreSQL server. It has two pools, so that the system never waits for a tenant.
type postgresEngine struct {
	config         *pgx.ConnConfig
	tenant, system *sql.DB
}

func openPostgres(ctx context.Context, o Options) (engine, error) {
	config, err := postgresConfig(o.DSN)
	if err != nil {
		return nil, err
	}
	e := &postgresEngine{config: config, tenant: postgresPool(config, tenantConns), system: postgresPool(config, 5)}
	if err := e.checkLogin(ctx); err != nil {
		_ = e.close()
		return nil, err
	}
	return e, nil
}

func postgresConfig(dsn string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// pgx masks the password in its own message.
		return nil, fault.New(fault.Invalid, "The database address must be a PostgreSQL URL such as postgres://user@host/name.").Because(err)
	}
	config.RuntimeParams["search_path"] = "main"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "orchestrator"
	}
	return config, nil
}

func postgresPool(config *pgx.ConnConfig, n int) *sql.DB {
	p := stdlib.OpenDB(*config)
	p.SetMaxOpenConns(n)
	p.SetMaxIdleConns(n)
	p.SetConnMaxIdleTime(5 * time.Minute)
	return p
}

// checkLogin rejects a login that row-level security does not apply to, and a schema with another version.
func (e *postgresEngine) checkLogin(ctx context.Context) error {
	var super, bypass, member bool
	err := e.system.QueryRowContext(ctx, `SELECT rolsuper, rolbypassrls,
		(SELECT count(*) = 2 FROM pg_roles r WHERE r.rolname IN ('orc_tenant', 'orc_system') AND pg_has_role(session_user, r.oid, 'MEMBER'))
		FROM pg_roles WHERE rolname = session_user`).Scan(&super, &bypass, &member)
	switch {
	case err != nil:
		return mapTransient(Wrap("read the rights of the PostgreSQL login", err))
	case super || bypass:
		return fault.New(fault.Forbidden, "The database login is a superuser or has BYPASSRLS, so the isolation between teams does not apply to it. Run the server with an ordinary login.")
	case !member:
		return fault.New(fault.Forbidden, "The database login is not a member of orc_tenant and orc_system. Run 'orchestrator migrate' as the owner of the database and grant both roles to the login.")
	}
	m, err := migrationsFor("postgres")
	if err != nil {
		return err
	}
	have, err := e.schemaVersion(ctx)
	if err != nil && !isUnmigrated(err) {
		return mapTransient(err)
	}
	if have < m.latestVersion() {
		return fault.New(fault.Unavailable, "The database has schema version %d, but this program requires version %d. First run 'orchestrator migrate' as the owner of the database.", have, m.latestVersion())
	}
	return refuseNewer(have, m.latestVersion())
}

// isUnmigrated reports whether err comes from a database that Migrate never ran on.
func isUnmigrated(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "42501" || pg.Code == "3F000")
}

func (e *postgresEngine) begin(ctx context.Context, m mode) (transaction, error) {
	pool, name := e.tenant, tenantRoleName
	if m.role == systemRole {
		pool, name = e.system, systemRoleName
	}
	o := &sql.TxOptions{}
	if !m.write {
		o = &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	}
	t, err := pool.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	if m.role == systemRole {
		if _, err := t.ExecContext(ctx, `SET LOCAL ROLE orc_system`); err != nil {
			_ = t.Rollback()
			return nil, err
		}
	}
	return &postgresTx{Tx: t, role: name}, nil
}

func (e *postgresEngine) schemaVersion(ctx context.Context) (v int64, err error) {
	t, err := e.begin(ctx, mode{systemRole, false})
	if err != nil {
		return 0, err
	}
	defer t.rollback()
	err = t.(*postgresTx).QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM main.goose_db_version`).Scan(&v)
	return v, err
}

// writers is half of the connections; the other half is for readers and small writes.
func (e *postgresEngine) writers() int { return tenantConns / 2 }

func (e *postgresEngine) ping(ctx context.Context) error { return e.system.PingContext(ctx) }

func (e *postgresEngine) quickCheck(context.Context) error { return nil }

func (e *postgresEngine) close() error { return errors.Join(e.tenant.Close(), e.system.Close()) }

// postgresTx is an open PostgreSQL transaction.
type postgresTx struct {
	*sql.Tx
	role string
}

// setScope sets the role and the tenant in one round trip; both end with the transaction.
func (t *postgresTx) setScope(ctx context.Context, tenant string) error {
	_, err := t.ExecContext(ctx, `SELECT set_config('role', $1, true), set_config('app.tenant', $2, true)`, t.role, tenant)
	return err
}

func (t *postgresTx) exec(ctx context.Context, q Stmt, args []any) (int64, error) {
	res, err := t.ExecContext(ctx, q.text+q.lock, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t *postgresTx) query(ctx context.Context, q Stmt, args []any) (*sql.Rows, error) {
	return t.QueryContext(ctx, q.text+q.lock, args...)
}

func (t *postgresTx) commit(context.Context) error { return t.Commit() }
func (t *postgresTx) rollback()                    { _ = t.Rollback() }
