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

// figures are the results in the order of measurement.
var figures table

type table struct {
	mu   sync.Mutex
	rows []figure
}

type figure struct {
	name, unit string
	value      float64
}

// report adds a figure to the table and reports it as a metric of the benchmark, with hyphens instead of spaces.
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

// digits writes three significant digits.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// times are the durations of repeated measurements.
type times []time.Duration

// at returns percentile p; 0 if there are no times.
func (t times) at(p int) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(t), cmp.Compare[time.Duration])
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// report50and99 adds percentiles 50 and 99 to the table.
func report50and99(b *testing.B, name string, t times) {
	b.Helper()
	report(b, name+" p50", millis(t.at(50)), "ms")
	report(b, name+" p99", millis(t.at(99)), "ms")
}
