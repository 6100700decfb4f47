package kernel

import (
	"context"
	"errors"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// mapTransient turns failures that a retry can solve into Unavailable faults and leaves other errors unchanged.
func mapTransient(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	switch {
	case isDiskFull(err):
		return fault.New(fault.Unavailable, "The database's disk is full. Free up space on it; the server then continues by itself.").Because(err)
	case isDamaged(err):
		return fault.New(fault.Unavailable, "The database is damaged. Restore it from a backup.").Because(err)
	case !isTransient(err):
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

// isDiskFull reports whether err means that nothing more fits on the disk of the database.
func isDiskFull(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_FULL || errors.As(err, &pg) && pg.Code == "53100"
}

// isDamaged reports whether err means that the database's files are not as the database wrote them.
func isDamaged(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var found damage
	return errors.As(err, &found) || errors.As(err, &lite) && (lite.Code()&0xff == sqlite3.SQLITE_CORRUPT || lite.Code()&0xff == sqlite3.SQLITE_NOTADB) ||
		errors.As(err, &pg) && (pg.Code == "XX001" || pg.Code == "XX002")
}

// isDiskError reports whether SQLite could not read or write its files, which it also reports for a full disk.
func isDiskError(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code()&0xff == sqlite3.SQLITE_IOERR || lite.Code()&0xff == sqlite3.SQLITE_CANTOPEN)
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
