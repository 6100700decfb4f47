package ui

import (
	"testing"
	"time"
)

// Durations read as docs/words.md says: two units for hours, never Go's form.
func TestSpanWritesDurationsInWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{-time.Second: "0 s", 400 * time.Millisecond: "0.4 s", 14 * time.Second: "14 s", 5 * time.Minute: "5 min",
		time.Hour: "1 h", 80 * time.Minute: "1 h 20 min", 47*time.Hour + 59*time.Minute: "47 h 59 min", 50 * time.Hour: "2 d"} {
		if got := Span(d); got != want {
			t.Errorf("Span(%v) = %q, want %q", d, got, want)
		}
	}
}

// Flags take powers of 1024, so pages and commands show them.
func TestSizesArePowersOf1024(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{312: "312 B", 1536: "1.5 KiB", 10<<20 + 400<<10: "10.4 MiB", 20 << 30: "20 GiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercentHasNoSpace(t *testing.T) {
	t.Parallel()
	if got := Percent(227, 1000) + " " + Percent(1, 0); got != "22.7% –" {
		t.Errorf("got %q", got)
	}
}
