package quota

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Day writes when a limit frees: 1 December, 00:00 UTC.
func Day(t time.Time) string { return t.UTC().Format("2 January, 15:04") + " UTC" }

// Count writes a number with thousands separators.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Money writes micro-dollars to the cent, or as exactly as they are where they are less than one.
func Money(micro int64) string {
	if micro > 0 && micro < 10_000 {
		return "$0." + strings.TrimRight(fmt.Sprintf("%06d", micro), "0")
	}
	cents := (micro + 5_000) / 10_000
	return fmt.Sprintf("$%s.%02d", Count(cents/100), cents%100)
}

var dollars = regexp.MustCompile(`^\d{1,15}(\.\d{1,6})?$`)

// Dollars reads an amount such as $1,250 or 12.50 as micro-dollars; false for what is none, or finer than one of them.
func Dollars(text string) (int64, bool) {
	text = strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(text), "$"), ",", "")
	if !dollars.MatchString(text) {
		return 0, false
	}
	r, _ := new(big.Rat).SetString(text)
	n := r.Mul(r, big.NewRat(1_000_000, 1)).Num()
	return n.Int64(), n.IsInt64()
}
