package overview

import (
	"fmt"
	"strings"
	"time"
)

// The frame of the chart in its own units.
const (
	left, right, top, bottom = 44.0, 366.0, 12.0, 150.0
)

// chart is the running total of tokens over the days of this month.
type chart struct {
	line, area string
	ticks      []tick
	days       []tick
	x, y       float64
	total      int64
	label      string
}

// tick is a label on an axis.
type tick struct {
	at    float64
	label string
}

func newChart(o Overview) chart {
	now := o.Now.UTC()
	perDay := make([]int64, now.Day())
	for _, d := range o.Days {
		if t, err := time.Parse(time.DateOnly, d.Date); err == nil && t.Day() <= len(perDay) {
			perDay[t.Day()-1] += d.Counts.Weighted()
		}
	}
	c := chart{}
	for _, n := range perDay {
		c.total += n
	}
	c.draw(perDay, daysIn(now))
	c.label = fmt.Sprintf("%d days", now.Day())
	return c
}

func daysIn(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// draw draws steps, not curves: tokens are counted, not measured.
func (c *chart) draw(perDay []int64, days int) {
	roof := nice(c.total)
	step := (right - left) / float64(days)
	height := func(n int64) float64 { return bottom - float64(n)/float64(roof)*(bottom-top) }
	var b strings.Builder
	fmt.Fprintf(&b, "M%.1f %.1f", left, bottom)
	var sum int64
	c.x, c.y = left, bottom
	for i, n := range perDay {
		sum += n
		c.x, c.y = left+float64(i+1)*step, height(sum)
		fmt.Fprintf(&b, "V%.1fH%.1f", c.y, c.x)
	}
	c.line = b.String()
	c.area = fmt.Sprintf("%sV%.1fH%.1fZ", c.line, bottom, left)
	for i := range int64(5) {
		c.ticks = append(c.ticks, tick{height(roof * i / 4), short(roof * i / 4)})
	}
	for _, d := range []int{1, 8, 15, 22, 29} {
		if d <= days {
			c.days = append(c.days, tick{left + (float64(d)-0.5)*step, fmt.Sprint(d)})
		}
	}
}

// nice rounds up to a number that a scale can end with.
func nice(n int64) int64 {
	for base := int64(1000); ; base *= 10 {
		for _, f := range []int64{1, 2, 4} {
			if n <= base*f {
				return base * f
			}
		}
	}
}

func short(n int64) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%d M", n/1_000_000)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1f M", float64(n)/1e6)
	case n >= 1000 && n%1000 == 0:
		return fmt.Sprintf("%d k", n/1000)
	case n >= 1000:
		return fmt.Sprintf("%.1f k", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}

func px(f float64) string { return fmt.Sprintf("%.1f", f) }
