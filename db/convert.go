package db

import (
	"database/sql"
	"encoding/json"
	"reflect"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Both databases keep times as milliseconds since 1970 in UTC; no time is NULL.

func ms(t time.Time) int64 { return t.UnixMilli() }

func msOrNull(t *time.Time) any {
	if t == nil || t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func atOrNil(n sql.NullInt64) *time.Time {
	if !n.Valid {
		return nil
	}
	t := at(n.Int64)
	return &t
}

func intOrNull(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

func intOrNil(n sql.NullInt64) *int64 {
	if !n.Valid {
		return nil
	}
	return &n.Int64
}

// textOrNull keeps an empty reference as NULL, so that no foreign key is checked.
func textOrNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// bit is a truth value as both databases keep it.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// texts makes every text among args valid UTF-8 without NUL: what comes from outside must not fail on one engine only.
func texts(args []any) []any {
	for i, a := range args {
		if p, ok := a.(*string); ok && p != nil {
			args[i] = text.Clean(*p)
		} else if v := reflect.ValueOf(a); v.Kind() == reflect.String {
			args[i] = text.Clean(v.String())
		}
	}
	return args
}

// list keeps a list of strings as JSON; never NULL.
func list(v []string) string {
	if v == nil {
		return "[]"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func unlist(s string) (v []string, err error) { err = json.Unmarshal([]byte(s), &v); return v, err }

// nullTime scans a time that may be NULL.
type nullTime struct{ time *time.Time }

// Scan reads milliseconds or NULL.
func (t *nullTime) Scan(v any) error {
	var n sql.NullInt64
	err := n.Scan(v)
	t.time = atOrNil(n)
	return err
}

// stamp scans a time that is never NULL.
type timeDest struct{ time *time.Time }

// stamp reads milliseconds into t; NULL is the Unix epoch.
func stamp(t *time.Time) timeDest { return timeDest{t} }

// Scan reads milliseconds.
func (t timeDest) Scan(v any) error {
	var n sql.NullInt64
	err := n.Scan(v)
	*t.time = at(n.Int64)
	return err
}
