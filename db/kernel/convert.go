package kernel

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Both databases keep times as milliseconds since 1970 in UTC; no time is NULL.

func Millis(t time.Time) int64 { return t.UnixMilli() }

func MillisOrNull(t *time.Time) any {
	if t == nil || t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func TimeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func TimeOrNil(n sql.NullInt64) *time.Time {
	if !n.Valid {
		return nil
	}
	t := TimeOf(n.Int64)
	return &t
}

func IntOrNull(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

func IntOrNil(n sql.NullInt64) *int64 {
	if !n.Valid {
		return nil
	}
	return &n.Int64
}

// TextOrNull keeps an empty reference as NULL, so that no foreign key is checked.
func TextOrNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// Bit is a truth value as both databases keep it.
func Bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// texts makes every text among args valid UTF-8 without NUL: what comes from outside must not fail on one engine only.
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

// ListText keeps a list of strings as JSON; never NULL.
func ListText(v []string) string {
	if v == nil {
		return "[]"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func ParseList(s string) (v []string, err error) { err = json.Unmarshal([]byte(s), &v); return v, err }

// NullTime scans a time that may be NULL.
type NullTime struct{ Time *time.Time }

// Scan reads milliseconds or NULL.
func (t *NullTime) Scan(v any) error {
	var n sql.NullInt64
	err := n.Scan(v)
	t.Time = TimeOrNil(n)
	return err
}

// stamp scans a time that is never NULL.
type timeDest struct{ time *time.Time }

// TimeDest reads milliseconds into t; NULL is the Unix epoch.
func TimeDest(t *time.Time) timeDest { return timeDest{t} }

// Scan reads milliseconds.
func (t timeDest) Scan(v any) error {
	var n sql.NullInt64
	err := n.Scan(v)
	*t.time = TimeOf(n.Int64)
	return err
}

// Placeholders are n placeholders from $first on.
func Placeholders(first, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(out, ", ")
}

// Padded repeats the last of v until there are n, for a list of fixed length in a statement.
func Padded[T any](v []T, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v[min(i, len(v)-1)]
	}
	return out
}

// LikePattern is a pattern that finds text anywhere, whatever stands in it.
func LikePattern(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(text)) + "%"
}
