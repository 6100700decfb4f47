package budget

import (
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// The frame of the chart of days in its own units.
const left, right, top, bottom = 44.0, 366.0, 12.0, 150.0

// days is the chart of the use on each day of the month.
type days struct {
	bars  []bar
	marks []mark // on the axis of days
	ticks []mark // on the axis of tokens
	mean  string // the height of the daily average so far; empty on the first day
	used  int64
}

type bar struct {
	x, y, width, height, class, title string
}

type mark struct{ at, label string }

func (m Month) chart() days {
	begins := m.Budget.Month.Begins()
	per := make([]int64, m.Budget.Month.Ends().Add(-time.Hour).Day())
	for _, d := range m.Days {
		if t, err := time.Parse(time.DateOnly, d.Date); err == nil && quota.MonthOf(t) == m.Budget.Month {
			per[t.Day()-1] += d.Counts.Weighted()
		}
	}
	c := days{}
	roof := int64(4)
	for _, n := range per {
		roof = max(roof, n)
		c.used += n
	}
	step := (right - left) / float64(len(per))
	height := func(n int64) float64 { return float64(n) / float64(roof) * (bottom - top) }
	for i, n := range per {
		day := begins.AddDate(0, 0, i)
		if n > 0 {
			c.bars = append(c.bars, bar{px(left + float64(i)*step + 1), px(bottom - max(1, height(n))), px(step - 2), px(max(1, height(n))), m.class(day),
				day.Format("2 January") + ": " + ui.Count(n) + " tokens"})
		}
		if i%7 == 0 {
			c.marks = append(c.marks, mark{px(left + (float64(i)+0.5)*step), fmt.Sprint(i + 1)})
		}
	}
	for _, n := range []int64{0, roof / 2, roof} {
		c.ticks = append(c.ticks, mark{px(bottom - height(n)), ui.Rough(n)})
	}
	if mean, ok := m.mean(); ok {
		c.mean = px(bottom - height(min(mean, roof)))
	}
	return c
}

// class marks the bar of today.
func (m Month) class(day time.Time) string {
	if day.Format(time.DateOnly) == m.Now.UTC().Format(time.DateOnly) {
		return "br td"
	}
	return "br"
}

// mean is the daily average so far; false while there is no forecast.
func (m Month) mean() (int64, bool) {
	ahead, ok := m.Budget.Forecast(m.Now)
	whole := int64(m.Budget.Month.Ends().Sub(m.Budget.Month.Begins()) / (24 * time.Hour))
	return ahead.Tokens / whole, ok
}

func (m Month) meanWords() string {
	if mean, ok := m.mean(); ok {
		return ui.Count(mean)
	}
	return ui.Dash
}

// leftWords is how much is available for each remaining day, including today.
func (m Month) leftWords() string {
	free := m.Budget.Left().Tokens
	if free == nil {
		return "no limit"
	}
	rest := int64(m.Budget.Month.Ends().Sub(m.Now)/(24*time.Hour)) + 1
	return ui.Count(*free / rest)
}

func px(f float64) string { return fmt.Sprintf("%.1f", f) }
