package kernel

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// pool is a fixed number of SQLite connections, which open on first use and keep their prepared statements.
type pool struct {
	free chan *poolConn // nil is a connection that is not open yet
	dsn  string
	plan *wallPlan // nil for connections without walls
}

// poolConn is one connection, used by one transaction at a time.
type poolConn struct {
	db    *sql.DB
	conn  *sql.Conn
	wall  *wall
	stmts map[string]*sql.Stmt
}

func newPool(n int, dsn string, plan *wallPlan) *pool {
	p := &pool{free: make(chan *poolConn, n), dsn: dsn, plan: plan}
	for range n {
		p.free <- nil
	}
	return p
}

func (p *pool) acquireConn(ctx context.Context) (*poolConn, error) {
	select {
	case s := <-p.free:
		if s != nil {
			return s, nil
		}
		s, err := p.openConn(ctx)
		if err != nil {
			p.free <- nil
		}
		return s, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// releaseConn returns s to the pool; if it is not sound, it is closed and another opens on the next use.
func (p *pool) releaseConn(s *poolConn, sound bool) {
	if !sound {
		_ = s.close()
		s = nil
	}
	p.free <- s
}

func (p *pool) openConn(ctx context.Context) (*poolConn, error) {
	s := &poolConn{stmts: map[string]*sql.Stmt{}}
	d := plainDriver
	if p.plan != nil {
		d, s.wall = &sqlite.Driver{}, &wall{plan: p.plan}
		d.RegisterConnectionHook(s.wall.raiseWalls)
	}
	s.db = sql.OpenDB(connector{d, p.dsn})
	s.db.SetMaxOpenConns(1)
	conn, err := s.db.Conn(ctx)
	if err != nil {
		_ = s.db.Close()
		return nil, Wrap("open SQLite", err)
	}
	s.conn = conn
	return s, nil
}

func (p *pool) close() error {
	var errs []error
	for range cap(p.free) {
		if s := <-p.free; s != nil {
			errs = append(errs, s.close())
		}
	}
	return errors.Join(errs...)
}

func (s *poolConn) close() error {
	for _, st := range s.stmts {
		_ = st.Close()
	}
	return errors.Join(s.conn.Close(), s.db.Close())
}

// maxPrepared limits the statements that one connection keeps: a filter makes many texts from one statement.
const maxPrepared = 256

// prepareText prepares text, once per connection.
func (s *poolConn) prepareText(ctx context.Context, text string) (*sql.Stmt, error) {
	if st := s.stmts[text]; st != nil {
		return st, nil
	}
	if len(s.stmts) >= maxPrepared {
		for k, st := range s.stmts {
			_ = st.Close()
			delete(s.stmts, k)
		}
	}
	st, err := s.conn.PrepareContext(ctx, text)
	if err == nil {
		s.stmts[text] = st
	}
	return st, err
}

// execControl runs what only the engine may run: the beginning and end of transactions and the change of scope.
func (s *poolConn) execControl(ctx context.Context, text string, args ...any) error {
	if s.wall != nil {
		s.wall.engine = true
		defer func() { s.wall.engine = false }()
	}
	st, err := s.prepareText(ctx, text)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(ctx, args...)
	return err
}

// setWriteTarget tells the authorizer which table the next statement writes.
func (s *poolConn) setWriteTarget(q Stmt) {
	if s.wall != nil {
		s.wall.target = q.table
	}
}

// sqliteTx is an open SQLite transaction.
type sqliteTx struct {
	*poolConn
	pool  *pool
	onEnd func()
	ended bool
}

func (t *sqliteTx) setScope(ctx context.Context, tenant string) error {
	return t.execControl(ctx, setScopeText, tenant)
}

func (t *sqliteTx) exec(ctx context.Context, q Stmt, args []any) (int64, error) {
	t.setWriteTarget(q)
	st, err := t.prepareText(ctx, q.text)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t *sqliteTx) query(ctx context.Context, q Stmt, args []any) (*sql.Rows, error) {
	t.setWriteTarget(q)
	st, err := t.prepareText(ctx, q.text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (t *sqliteTx) commit(ctx context.Context) error {
	if t.wall != nil {
		// The scope is a row that is committed too, so it must be empty by then.
		if err := t.setScope(ctx, ""); err != nil {
			return err
		}
	}
	if err := t.execControl(ctx, "COMMIT"); err != nil {
		return err
	}
	t.endTx(true)
	return nil
}

// rollback also resets the scope of the connection. It runs even if the caller's context has ended.
func (t *sqliteTx) rollback() {
	if t.ended {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	t.endTx(t.execControl(ctx, "ROLLBACK") == nil)
}

func (t *sqliteTx) endTx(sound bool) {
	t.ended = true
	t.pool.releaseConn(t.poolConn, sound)
	t.onEnd()
}

// connector opens connections of one driver, which is not registered under a name for the whole process.
type connector struct {
	driver *sqlite.Driver
	dsn    string
}

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.driver.Open(c.dsn)
}

// Driver is the driver of the connections.
func (c connector) Driver() driver.Driver { return c.driver }

// plainDriver opens connections without walls, for migrations and the system.
var plainDriver = &sqlite.Driver{}
