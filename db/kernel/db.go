package kernel

import (
	"context"
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Options say where the data lives: DSN names a PostgreSQL server, otherwise Path is the file of the embedded SQLite.
type Options struct {
	Path  string
	DSN   string
	Clock clock.Clock
}

// DB is an open database. It is safe for concurrent use; Close it when done.
type DB struct {
	engine engine
	Clock  clock.Clock
}

// Open opens the database. A SQLite file is made and migrated where needed, after a copy of what is there; a PostgreSQL
// server must have been migrated by Migrate. A schema that is newer than this program is refused with a sentence.
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

// Close ends every connection. Transactions that are open must have ended.
func (d *DB) Close() error { return d.engine.close() }

// Writers is how many transactions of many small writes are worth running at once: who has more to write writes it together.
func (d *DB) Writers() int { return d.engine.writers() }

// Ready says whether the database answers.
func (d *DB) Ready(ctx context.Context) error { return mapTransient(d.engine.ping(ctx)) }

// SchemaVersion is the number of the last migration that was applied.
func (d *DB) SchemaVersion(ctx context.Context) (int64, error) {
	v, err := d.engine.schemaVersion(ctx)
	return v, mapTransient(err)
}

// tooNew refuses a schema that a newer program made.
func refuseNewer(have, know int64) error {
	if have <= know {
		return nil
	}
	return fault.New(fault.Unavailable,
		"The database has schema version %d, but this program knows versions up to %d only. Install the newer program, or restore the copy made before the last migration.", have, know)
}

func Wrap(place string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", place, err)
}
