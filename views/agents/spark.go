package agents

import (
	"strconv"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// sparkDays is how many days a spark shows.
const sparkDays = 30

// Spark has a place for each of the last 30 days, from 0 to 1; nil is a day without work.
type Spark [sparkDays]*float64

// successSpark is the rate of success of each day.
func successSpark(days []agent.Day, now time.Time) (s Spark) {
	for _, d := range days {
		if i, ok := place(d.Date, now); ok && d.Ends > 0 {
			rate := float64(d.Success) / 1000 / float64(d.Ends)
			s[i] = &rate
		}
	}
	return s
}

// place is the place of a UTC day in a spark that ends with the day of now.
func place(date string, now time.Time) (int, bool) {
	day, err := time.Parse(time.DateOnly, date)
	ago := int(now.UTC().Truncate(24*time.Hour).Sub(day) / (24 * time.Hour))
	return sparkDays - 1 - ago, err == nil && ago >= 0 && ago < sparkDays
}

// SparkOf makes a spark of the results of each day; value is not called without results, and its largest value fills the height.
func SparkOf(rs []agent.Result, now time.Time, value func(agent.Figures) *float64) (s Spark) {
	top := 0.0
	for i := range s {
		day := now.UTC().AddDate(0, 0, i-sparkDays+1).Format(time.DateOnly)
		f := agent.Sum(rs, func(r agent.Result) bool { return r.At.UTC().Format(time.DateOnly) == day })
		if f.Ends > 0 {
			s[i] = value(f)
		}
		if s[i] != nil {
			top = max(top, *s[i])
		}
	}
	for i := range s {
		if s[i] != nil && top > 1 {
			v := *s[i] / top
			s[i] = &v
		}
	}
	return s
}

// bar is the geometry of one day in a spark of the size.
func bar(i int, v float64, width, height float64) (x, y, w, h string) {
	step := width / sparkDays
	tall := max(1, v*(height-3))
	return short(float64(i)*step + 0.2), short(height - 1 - tall), short(step * 0.65), short(tall)
}

func short(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }
