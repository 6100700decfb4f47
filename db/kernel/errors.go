package kernel

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// mapTransient makes the failures that pass by themselves into Unavailable faults; the rest stays as it is.
func mapTransient(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal || !isTransient(err) {
		return err
	}
	return fault.New(fault.Unavailable, "The database did not answer in time. Try again in a moment.").Because(err)
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

// unique says whether err is a row that is there already.
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

// Taken turns a row that is there already into a Conflict about an input field; other errors stay as they are.
func Taken(err error, field, format string, args ...any) error {
	if !isDuplicate(err) {
		return err
	}
	f := fault.New(fault.Conflict, format, args...)
	f.Field = field
	return f.Because(err)
}
