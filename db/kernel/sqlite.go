package kernel

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
)

const sqliteHasSchema = `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`

// sqliteEngine is the embedded engine. Connections for tenants have walls, those for the system have none.
type sqliteEngine struct {
	path                                             string
	tenantWrite, tenantRead, systemWrite, systemRead *pool
	// writing admits one writer at a time: SQLite has one write lock, and waiting for it here is fair and does not poll.
	writing chan struct{}
}

func openSQLite(ctx context.Context, o Options) (engine, error) {
	if err := prepareFile(o.Path); err != nil {
		return nil, explainDisk(o.Path, err)
	}
	plan, err := migrateSQLite(ctx, o)
	if err != nil {
		return nil, mapTransient(explainDisk(o.Path, err))
	}
	e := &sqliteEngine{path: o.Path, writing: make(chan struct{}, 1)}
	// A reader's own cache stays small because reads go through the memory map.
	e.tenantWrite = newPool(1, sqliteDSN(o.Path, true, 4096), &plan)
	e.tenantRead = newPool(max(4, runtime.NumCPU()), sqliteDSN(o.Path, false, 2048), &plan)
	e.systemWrite = newPool(1, sqliteDSN(o.Path, true, 4096), nil)
	e.systemRead = newPool(2, sqliteDSN(o.Path, false, 2048), nil)
	if err := e.ping(ctx); err != nil {
		_ = e.close()
		return nil, mapTransient(explainDisk(o.Path, err))
	}
	return e, nil
}

// damage is what a check of the file found.
type damage struct{ found string }

// Error tells what SQLite found.
func (d damage) Error() string { return "damaged pages: " + d.found }

func (e *sqliteEngine) quickCheck(ctx context.Context) error {
	plain := sql.OpenDB(connector{plainDriver, sqliteDSN(e.path, false, 4096)})
	defer plain.Close()
	var found string
	err := plain.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found)
	if err == nil && found != "ok" {
		err = damage{found}
	}
	return Wrap("check the database", err)
}

// sqliteDSN is the name of a connection. The pragmas are constants; the path is escaped.
func sqliteDSN(path string, write bool, cacheKiB int) string {
	q := url.Values{}
	q.Set("_busy_timeout", "5000")
	for _, p := range []string{"synchronous(NORMAL)", "foreign_keys(1)", "temp_store(MEMORY)", "mmap_size(268435456)",
		"recursive_triggers(1)", "trusted_schema(0)", fmt.Sprintf("cache_size(-%d)", cacheKiB)} {
		q.Add("_pragma", p)
	}
	q.Set("_dqs", "0")
	if write {
		q.Add("_pragma", "journal_mode(WAL)")
	} else {
		q.Set("mode", "ro") // query_only would also reject the write to temp.scope
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// prepareFile creates the file before SQLite does, so that only its owner can read it.
func prepareFile(path string) error {
	if path == "" {
		return errors.New("db: the path of the database file is missing")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Wrap("create database folder", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return Wrap("create database file", err)
	}
	return f.Close()
}

// migrateSQLite applies the missing migrations to the file and reads which tables need walls.
func migrateSQLite(ctx context.Context, o Options) (wallPlan, error) {
	unlock, err := lockFile(o.Path + ".migrate")
	if err != nil {
		return wallPlan{}, Wrap("wait for another migration", err)
	}
	defer unlock()
	plain := sql.OpenDB(connector{plainDriver, sqliteDSN(o.Path, true, 4096)})
	defer plain.Close()
	plain.SetMaxOpenConns(1)
	if err := applySQLite(ctx, plain, o); err != nil {
		return wallPlan{}, err
	}
	return planWalls(ctx, plain)
}

func applySQLite(ctx context.Context, plain *sql.DB, o Options) error {
	m, err := migrationsFor("sqlite")
	if err != nil {
		return err
	}
	have, err := readVersion(ctx, plain, sqliteHasSchema)
	if err != nil {
		return err
	}
	if err := refuseNewer(have, m.latestVersion()); err != nil || have == m.latestVersion() {
		return err
	}
	if have > 0 {
		if err := copyBefore(ctx, plain, o, have); err != nil {
			return err
		}
	}
	return m.applyMissing(ctx, goose.DialectSQLite3, plain)
}

// copyBefore copies the database before a migration, with its version and the time in the name of the copy.
func copyBefore(ctx context.Context, plain *sql.DB, o Options, have int64) error {
	to := fmt.Sprintf("%s.v%d.%s", o.Path, have, o.Clock.Now().UTC().Format("20060102T150405.000"))
	_, err := plain.ExecContext(ctx, `VACUUM INTO $1`, to)
	if err == nil {
		err = os.Chmod(to, 0o600)
	}
	return Wrap("copy the database before migrating", err)
}

// tryLockFile locks a file, which is created if it is missing; it returns nil if another process has locked it.
func tryLockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = nil
	}
	return nil, err
}

// lockFile waits until no other program migrates the file.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

func (e *sqliteEngine) begin(ctx context.Context, m mode) (transaction, error) {
	if !m.write {
		p := e.tenantRead
		if m.role == systemRole {
			p = e.systemRead
		}
		return e.openTx(ctx, p, "BEGIN", func() {})
	}
	select {
	case e.writing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p := e.tenantWrite
	if m.role == systemRole {
		p = e.systemWrite
	}
	t, err := e.openTx(ctx, p, "BEGIN IMMEDIATE", func() { <-e.writing })
	if err != nil {
		<-e.writing
	}
	return t, err
}

func (e *sqliteEngine) openTx(ctx context.Context, p *pool, begin string, leave func()) (transaction, error) {
	s, err := p.acquireConn(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.execControl(ctx, begin); err != nil {
		p.releaseConn(s, false)
		return nil, err
	}
	return &sqliteTx{poolConn: s, pool: p, onEnd: leave}, nil
}

// writers is 1: SQLite has one write lock.
func (e *sqliteEngine) writers() int { return 1 }

func (e *sqliteEngine) ping(ctx context.Context) error {
	_, err := e.schemaVersion(ctx)
	return err
}

func (e *sqliteEngine) schemaVersion(ctx context.Context) (v int64, err error) {
	t, err := e.begin(ctx, mode{systemRole, false})
	if err != nil {
		return 0, err
	}
	defer t.rollback()
	r, err := t.query(ctx, Stmt{text: `SELECT coalesce(max(version_id), 0) FROM goose_db_version`}, nil)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	if r.Next() {
		err = r.Scan(&v)
	}
	return v, errors.Join(err, r.Err())
}

func (e *sqliteEngine) close() error {
	var errs []error
	// The system's writer is closed last: closing it moves the write-ahead log into the file.
	for _, p := range []*pool{e.tenantRead, e.systemRead, e.tenantWrite, e.systemWrite} {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}

// endTimeout limits the rollback of a transaction whose caller's context has ended.
const endTimeout = 10 * time.Second
