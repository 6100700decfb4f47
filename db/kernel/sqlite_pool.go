package kernel

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// pool is a fixed number of SQLite connections that open when first needed and keep their prepared statements.
type pool struct {
	free chan *seat // nil stands for a connection not yet opened
	dsn  string
	plan *wallPlan // nil for connections without walls
}

// seat is one connection, used by one transaction at a time.
type seat struct {
	db    *sql.DB
	conn  *sql.Conn
	wall  *wall
	stmts map[string]*sql.Stmt
}

func newPool(n int, dsn string, plan *wallPlan) *pool {
	p := &pool{free: make(chan *seat, n), dsn: dsn, plan: plan}
	for range n {
		p.free <- nil
	}
	return p
}

func (p *pool) take(ctx context.Context) (*seat, error) {
	select {
	case s := <-p.free:
		if s != nil {
			return s, nil
		}
		s, err := p.open(ctx)
		if err != nil {
			p.free <- nil
		}
		return s, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// give returns s; one that is not sound is closed and opened anew when needed.
func (p *pool) give(s *seat, sound bool) {
	if !sound {
		_ = s.close()
		s = nil
	}
	p.free <- s
}

func (p *pool) open(ctx context.Context) (*seat, error) {
	s := &seat{stmts: map[string]*sql.Stmt{}}
	d := plainDriver
	if p.plan != nil {
		d, s.wall = &sqlite.Driver{}, &wall{plan: p.plan}
		d.RegisterConnectionHook(s.wall.raise)
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

func (s *seat) close() error {
	for _, st := range s.stmts {
		_ = st.Close()
	}
	return errors.Join(s.conn.Close(), s.db.Close())
}

// maxPrepared bounds what one connection keeps: filters make many texts of one statement.
const maxPrepared = 256

// prepare gives the statement for text, prepared once per connection.
func (s *seat) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
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

// control runs what only the engine may run: the ends of transactions and the setting of the scope.
func (s *seat) control(ctx context.Context, text string, args ...any) error {
	if s.wall != nil {
		s.wall.engine = true
		defer func() { s.wall.engine = false }()
	}
	st, err := s.prepare(ctx, text)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(ctx, args...)
	return err
}

// aim tells the authorizer which table the next statement writes.
func (s *seat) aim(q Stmt) {
	if s.wall != nil {
		s.wall.target = q.table
	}
}

// liteTx is an open SQLite transaction.
type liteTx struct {
	*seat
	pool  *pool
	leave func()
	ended bool
}

func (t *liteTx) scope(ctx context.Context, tenant string) error {
	return t.control(ctx, setScope, tenant)
}

func (t *liteTx) exec(ctx context.Context, q Stmt, args []any) (int64, error) {
	t.aim(q)
	st, err := t.prepare(ctx, q.text)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t *liteTx) query(ctx context.Context, q Stmt, args []any) (*sql.Rows, error) {
	t.aim(q)
	st, err := t.prepare(ctx, q.text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (t *liteTx) commit(ctx context.Context) error {
	if t.wall != nil {
		// The scope is part of the transaction: what is committed must be nobody's.
		if err := t.scope(ctx, ""); err != nil {
			return err
		}
	}
	if err := t.control(ctx, "COMMIT"); err != nil {
		return err
	}
	t.end(true)
	return nil
}

// rollback also takes the scope off the connection. It runs even when the caller's context has ended.
func (t *liteTx) rollback() {
	if t.ended {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	t.end(t.control(ctx, "ROLLBACK") == nil)
}

func (t *liteTx) end(sound bool) {
	t.ended = true
	t.pool.give(t.seat, sound)
	t.leave()
}

// connector opens connections of one driver of ours, so that none is known to the whole process by name.
type connector struct {
	driver *sqlite.Driver
	dsn    string
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.driver.Open(c.dsn)
}

func (c connector) Driver() driver.Driver { return c.driver }

// plainDriver opens connections without walls; only migrations use it by itself.
var plainDriver = &sqlite.Driver{}
