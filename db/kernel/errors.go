package kernel

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// mapTransient turns failures that a retry can solve into Unavailable faults and leaves other errors unchanged.
func mapTransient(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal || !isTransient(err) {
		return err
	}
	return fault.New(fault.Unavailable, "The database did not respond in time. Try again in a moment.").Because(err)
}

func isTransient(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return true
	case errors.As(err, &lite):
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY || lite.Code()&0xff == sqlite3.SQLITE_LOCKED
	case errors.As(err, &pg):
		// 40…: serialization and deadlock, 53…: out of resources, 57…: shutting down or cancelled.
		return pg.Code[:2] == "40" || pg.Code[:2] == "53" || pg.Code[:2] == "57"
	}
	var conn *pgconn.ConnectError
	return errors.As(err, &conn)
}

// Rejected reports whether err is the database's rejection of a statement or its values, whose text is SQL and means nothing to people.
func Rejected(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		kind := lite.Code() & 0xff
		return kind == sqlite3.SQLITE_CONSTRAINT || kind == sqlite3.SQLITE_ERROR || kind == sqlite3.SQLITE_MISMATCH
	case errors.As(err, &pg):
		// 22…: data, 23…: constraints, 42…: syntax and rights.
		return pg.Code[:2] == "22" || pg.Code[:2] == "23" || pg.Code[:2] == "42"
	}
	return false
}

// isDuplicate reports whether err means that a row with the same key exists.
func isDuplicate(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	case errors.As(err, &pg):
		return pg.Code == "23505"
	}
	return false
}

// Taken turns the error of a row whose key exists into a Conflict about an input field. It leaves other errors unchanged.
func Taken(err error, field, format string, args ...any) error {
	if !isDuplicate(err) {
		return err
	}
	f := fault.New(fault.Conflict, format, args...)
	f.Field = field
	return f.Because(err)
}
