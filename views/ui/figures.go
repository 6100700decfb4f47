package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Dash is shown for an unknown value; zero is shown as 0.
const Dash = "–"

// Count writes a number with thousands separators: 184,210.
func Count[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Limit writes a limit; nil is "no limit".
func Limit(n *int64) string {
	if n == nil {
		return "no limit"
	}
	return Count(*n)
}

// Rough writes a large number short: 29.1 M.
func Rough(n int64) string {
	switch {
	case n < 10_000:
		return Count(n)
	case n < 1_000_000:
		return fmt.Sprintf("%d k", n/1000)
	}
	return fmt.Sprintf("%d.%d M", n/1_000_000, n%1_000_000/100_000)
}

// FailedChecks says which check commands failed, in one line; empty if none did.
func FailedChecks(c session.Checks) string {
	if c.Failed == 0 {
		return ""
	}
	line := Count(c.Failed) + " of " + Plural(int64(c.Total()), "check") + " failed"
	if len(c.FailedCommands) > 0 {
		line += ": " + strings.Join(c.FailedCommands, ", ")
	}
	return line
}

// Money writes an amount of micro-dollars as every text does: $212.40, and $0.0042 below one cent.
func Money(micro int64) string { return quota.Money(micro) }

// Price writes a price per million tokens exactly, with at least two decimals: $3.00, $0.075.
func Price(micro int64) string { return quota.Price(micro) }

// Percent writes a share with one decimal: 22.7%. A share of nothing is a dash.
func Percent(part, whole int64) string {
	if whole <= 0 {
		return Dash
	}
	return strconv.FormatFloat(float64(part)/float64(whole)*100, 'f', 1, 64) + "%"
}

// Bytes writes a size: 10.4 MiB.
func Bytes(n int64) string { return quota.Bytes(n) }

// Clock writes running time as a stopwatch: 38:12, 1:12:40.
func Clock(d time.Duration) string {
	s := int64(d / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%02d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Span writes a duration: 0.4 s, 14 s, 6 min, 1 h 20 min, 2 d.
func Span(d time.Duration) string {
	minutes := d % time.Hour / time.Minute
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%d.%d s", d/time.Second, d%time.Second/(100*time.Millisecond))
	case d >= time.Hour && d < 48*time.Hour && minutes > 0:
		return fmt.Sprintf("%d h %d min", d/time.Hour, minutes)
	}
	return roughSpan(d)
}

// roughSpan writes a duration with its largest unit only: 14 s, 6 min, 4 h, 2 d.
func roughSpan(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d", d/(24*time.Hour))
}

// Plural writes a count with its noun: 1 file, 6 files.
func Plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "person" {
		return Count(n) + " people"
	}
	return Count(n) + " " + noun + "s"
}

// Or is s, or a dash when there is none.
func Or(s string) string {
	if s == "" {
		return Dash
	}
	return s
}

// Plain writes a number for URLs and IDs: without separators.
func Plain(n int64) string { return strconv.FormatInt(n, 10) }
