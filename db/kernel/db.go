package kernel

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Options say which database to open: the PostgreSQL server of DSN, or without one the SQLite file at Path. Clock is the real clock
// when it is nil.
type Options struct {
	Path  string
	DSN   string
	Clock clock.Clock
}

// DB is an open database. It is safe for concurrent use; Close it when done. Clock is what Now of a Scope and a System read.
type DB struct {
	engine  engine
	Clock   clock.Clock
	damaged atomic.Pointer[error]
}

// Open opens the database. A SQLite file is created or migrated as needed; before a migration it is copied. A PostgreSQL server must
// have been migrated by Migrate. Open rejects a schema that is newer than this program with a fault that says what to do.
func Open(ctx context.Context, o Options) (*DB, error) {
	sealed.Store(true)
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	open := openSQLite
	if o.DSN != "" {
		open = openPostgres
	}
	e, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &DB{engine: e, Clock: o.Clock}, nil
}

// Close ends every connection. Call it after every transaction has ended.
func (d *DB) Close() error { return d.engine.close() }

// Writers is how many writing transactions are worth running at once; combine more small writes into these.
func (d *DB) Writers() int { return d.engine.writers() }

// SchemaVersion is the number of the last migration that was applied.
func (d *DB) SchemaVersion(ctx context.Context) (int64, error) {
	v, err := d.engine.schemaVersion(ctx)
	return v, mapTransient(err)
}

// refuseNewer returns a fault for a schema that a newer program created.
func refuseNewer(have, newest int64) error {
	if have <= newest {
		return nil
	}
	return fault.New(fault.Unavailable,
		"The database has schema version %d, but this program supports only versions up to %d. Install a newer version of the program, or restore the backup that was made before the last migration.", have, newest)
}

// Wrap puts the place of a failure in front of err; nil stays nil, and a fault stays a fault.
func Wrap(place string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", place, err)
}
