package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// figures are what was measured, in the order it was.
var figures table

type table struct {
	mu   sync.Mutex
	rows []figure
}

type figure struct {
	name, unit string
	value      float64
}

// report puts a figure in the table and hands it to the benchmark under its unit, in which a space is a hyphen.
func report(b *testing.B, name string, value float64, unit string) {
	b.Helper()
	b.ReportMetric(value, strings.ReplaceAll(name+" "+unit, " ", "-"))
	figures.mu.Lock()
	defer figures.mu.Unlock()
	figures.rows = append(figures.rows, figure{strings.ReplaceAll(strings.TrimPrefix(b.Name(), "Benchmark"), "_", " ") + ": " + name, unit, value})
}

func (t *table) print(w io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rows) == 0 {
		return
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "\nname\tfigure\tunit\t")
	for _, f := range t.rows {
		fmt.Fprintf(tw, "%s\t%s\t%s\t\n", f.name, digits(f.value), f.unit)
	}
	_ = tw.Flush()
}

// digits writes three that count.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// times are how long the same thing took again and again.
type times []time.Duration

// at is the time that p of a hundred did not exceed; 0 for none.
func (t times) at(p int) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(t), cmp.Compare[time.Duration])
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// report50and99 puts the median and the slow end of times in the table.
func report50and99(b *testing.B, name string, t times) {
	b.Helper()
	report(b, name+" p50", millis(t.at(50)), "ms")
	report(b, name+" p99", millis(t.at(99)), "ms")
}
