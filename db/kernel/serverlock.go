package kernel

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// ServerLock makes a process the only server on a database. The lock ends with the process, however that ends: on SQLite at once, on
// PostgreSQL as soon as the server notices that the connection is gone, at most 10 seconds later.
type ServerLock struct {
	file *os.File      // of SQLite, whose lock cannot be lost
	pg   *postgresLock // of PostgreSQL
}

// ErrLockLost means that another server holds the lock of this database.
var ErrLockLost = errors.New("another server uses this database")

// LockServer locks the database for a server. If another server holds the lock, it waits as long as wait, in case that one was killed
// and is not yet found gone, and then returns a Conflict. Commands that run beside a server do not lock.
func (d *DB) LockServer(ctx context.Context, wait time.Duration) (*ServerLock, error) {
	return d.engine.lockServer(ctx, wait)
}

// Release ends the lock.
func (l *ServerLock) Release() error {
	if l.pg != nil {
		return l.pg.release()
	}
	return l.file.Close()
}

// Watch returns when ctx ends, or with ErrLockLost when another server has taken the lock, for example while the connection to
// PostgreSQL was interrupted. It looks at every interval.
func (l *ServerLock) Watch(ctx context.Context, every time.Duration) error {
	if l.pg == nil {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := l.pg.check(ctx); errors.Is(err, ErrLockLost) {
				return err
			}
		}
	}
}

func refuseSecond(of string) error {
	return fault.New(fault.Conflict, "Another server is already using %s. Stop it first: this version supports one server per database.", of)
}

// lockServer locks a file beside the database, which the kernel unlocks when the process ends.
func (e *sqliteEngine) lockServer(context.Context, time.Duration) (*ServerLock, error) {
	f, err := tryLockFile(e.path + ".server")
	if err != nil {
		return nil, Wrap("lock the database", err)
	}
	if f == nil {
		return nil, refuseSecond("the database " + e.path)
	}
	return &ServerLock{file: f}, nil
}

// serverLockKey is the number of the advisory lock; its neighbours are the locks of migrations and of tests.
const serverLockKey = 7210935

// keepAlive lets the PostgreSQL server find out within 8 seconds that the host of a connection is gone. A killed process is noticed
// at once, because the kernel closes its connection.
var keepAlive = []string{`SET tcp_keepalives_idle = 2`, `SET tcp_keepalives_interval = 2`, `SET tcp_keepalives_count = 2`, `SET tcp_user_timeout = 8000`,
	`SET idle_session_timeout = 0`}

// postgresLock is an advisory lock on a connection of its own.
type postgresLock struct {
	mu   sync.Mutex
	pool *sql.DB
	conn *sql.Conn
}

func (e *postgresEngine) lockServer(ctx context.Context, wait time.Duration) (*ServerLock, error) {
	l := &postgresLock{pool: postgresPool(e.config, 1)}
	if err := l.acquire(ctx, wait); err != nil {
		_ = l.pool.Close()
		if errors.Is(err, ErrLockLost) {
			err = refuseSecond("this PostgreSQL database")
		}
		return nil, mapTransient(Wrap("lock the database", err))
	}
	return &ServerLock{pg: l}, nil
}

// acquire opens a connection and locks with it, after waiting for another holder as long as wait.
func (l *postgresLock) acquire(ctx context.Context, wait time.Duration) error {
	conn, err := l.pool.Conn(ctx)
	if err != nil {
		return err
	}
	for _, set := range keepAlive {
		if _, err := conn.ExecContext(ctx, set); err != nil && !isUnknownSetting(err) {
			return errors.Join(err, discard(conn))
		}
	}
	_, err = conn.ExecContext(ctx, `SELECT set_config('lock_timeout', $1, false)`, fmt.Sprintf("%dms", max(wait.Milliseconds(), 1)))
	if err == nil {
		_, err = conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, serverLockKey)
	}
	if err == nil {
		l.conn = conn
		return nil
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "55P03" {
		err = ErrLockLost
	}
	return errors.Join(err, discard(conn))
}

// isUnknownSetting reports whether an older PostgreSQL or another system does not know a setting.
func isUnknownSetting(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42704" || pg.Code == "22023" || pg.Code == "0A000")
}

// checkWithin limits how long a check waits for the PostgreSQL server.
const checkWithin = 3 * time.Second

// check asks whether the connection still holds the lock, and locks again on another connection if it does not.
func (l *postgresLock) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil && l.conn.PingContext(ctx) == nil {
		return nil
	}
	if ctx.Err() != nil && l.conn != nil {
		return ctx.Err() // a slow answer is no lost connection
	}
	if l.conn != nil {
		_ = discard(l.conn)
		l.conn = nil
	}
	return l.acquire(ctx, time.Second)
}

func (l *postgresLock) release() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = discard(l.conn)
		l.conn = nil
	}
	return l.pool.Close()
}

// discard closes a connection for good, so that its lock does not stay in the pool.
func discard(conn *sql.Conn) error {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	return ignoreClosed(conn.Close())
}

func ignoreClosed(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}
