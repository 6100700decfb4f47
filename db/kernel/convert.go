package kernel

import (
	"database/sql"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Millis is a time as both databases store it: milliseconds since 1970 in UTC.
func Millis(t time.Time) int64 { return t.UnixMilli() }

// MillisOrNull is Millis of a time that may be missing: nil and the zero time are NULL.
func MillisOrNull(t *time.Time) any {
	if t == nil || t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// TimeOf is the time of Millis, in UTC.
func TimeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// TimeOrNil is the time of MillisOrNull; NULL is nil.
func TimeOrNil(n sql.NullInt64) *time.Time {
	if !n.Valid {
		return nil
	}
	t := TimeOf(n.Int64)
	return &t
}

// IntOrNull is a number that may be missing: nil is NULL.
func IntOrNull(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

// IntOrNil is the number of IntOrNull; NULL is nil.
func IntOrNil(n sql.NullInt64) *int64 {
	if !n.Valid {
		return nil
	}
	return &n.Int64
}

// TextOrNull is a reference that may be missing: empty is NULL, so that no foreign key is checked.
func TextOrNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// Bit is a boolean as both databases store it: 1 or 0.
func Bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// cleanTexts makes every text in args valid UTF-8 without NUL: input must not fail on one database only.
func cleanTexts(args []any) []any {
	for i, a := range args {
		if p, ok := a.(*string); ok && p != nil {
			args[i] = text.Clean(*p)
		} else if v := reflect.ValueOf(a); v.Kind() == reflect.String {
			args[i] = text.Clean(v.String())
		}
	}
	return args
}

// ListText is a list of strings as JSON; nil is the empty list.
func ListText(v []string) string {
	if v == nil {
		return "[]"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// ParseList is the list of ListText.
func ParseList(s string) (v []string, err error) { err = json.Unmarshal([]byte(s), &v); return v, err }

// NullTime is a destination of Scan for a time that may be NULL; Time is nil then.
type NullTime struct{ Time *time.Time }

// Scan reads milliseconds or NULL.
func (t *NullTime) Scan(v any) error {
	var n sql.NullInt64
	err := n.Scan(v)
	t.Time = TimeOrNil(n)
	return err
}

// timeDest is a destination of Scan for a time that is never NULL.
type timeDest struct{ time *time.Time }

// TimeDest is a destination of Scan that sets t; NULL sets it to the Unix epoch.
func TimeDest(t *time.Time) timeDest { return timeDest{t} }

// Scan reads milliseconds.
func (t timeDest) Scan(v any) error {
	var n sql.NullInt64
	err := n.Scan(v)
	*t.time = TimeOf(n.Int64)
	return err
}

// Placeholder is the placeholder of argument n: "$2".
func Placeholder(n int) string { return string('$') + strconv.Itoa(n) }

// Placeholders is a list of n placeholders that starts at $first: "$2, $3".
func Placeholders(first, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = Placeholder(first + i)
	}
	return strings.Join(out, ", ")
}

// Padded repeats the last element of v until there are n, for a list of fixed length in a statement. v must not be empty.
func Padded[T any](v []T, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v[min(i, len(v)-1)]
	}
	return out
}

// LikePattern is a pattern for LIKE … ESCAPE '!' that finds text anywhere in a lower-cased value.
func LikePattern(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(text)) + "%"
}
