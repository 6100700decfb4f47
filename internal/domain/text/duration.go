package text

import (
	"fmt"
	"time"
)

// The units of durations, the largest first: the word for a unit that stands alone and the short form for two together.
var units = []struct {
	length      time.Duration
	word, short string
}{
	{24 * time.Hour, "day", "d"},
	{time.Hour, "hour", "h"},
	{time.Minute, "minute", "min"},
	{time.Second, "second", "s"},
	{time.Millisecond, "millisecond", "ms"},
}

// Duration writes d for a sentence: "5 minutes", "1 hour", and at most two units, "1 h 20 min". It drops what is smaller than
// the second unit, writes a negative d as its absolute value and less than a millisecond as "0 seconds".
func Duration(d time.Duration) string {
	d = d.Abs()
	for i, u := range units {
		n := d / u.length
		if n == 0 {
			continue
		}
		if i+1 < len(units) {
			if rest := d % u.length / units[i+1].length; rest > 0 {
				return fmt.Sprintf("%d %s %d %s", n, u.short, rest, units[i+1].short)
			}
		}
		if n == 1 {
			return "1 " + u.word
		}
		return fmt.Sprintf("%d %ss", n, u.word)
	}
	return "0 seconds"
}
