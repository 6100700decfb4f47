package text

import (
	"fmt"
	"strconv"
	"strings"
)

// Count writes a number with thousands separators: 29,100,418.
func Count(n int64) string {
	if n < 0 {
		return "-" + strings.TrimPrefix(Count(-n), "-")
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Money writes an amount in micro-dollars with two decimals, "$212.40", or below one cent with four: "$0.0042". A positive
// amount that would round to zero is "under $0.0001".
func Money(micro int64) string {
	switch {
	case micro < 0:
		return "−" + Money(-micro)
	case micro > 0 && micro < 50:
		return "under $0.0001"
	case micro > 0 && micro < 9_950:
		return fmt.Sprintf("$0.%04d", (micro+50)/100)
	}
	cents := micro/10_000 + (micro%10_000+5_000)/10_000
	return fmt.Sprintf("$%s.%02d", Count(cents/100), cents%100)
}

// Price writes a price in micro-dollars exactly, with at least two decimals: "$3.00", "$0.075".
func Price(micro int64) string {
	if micro < 0 {
		return "−" + Price(-micro)
	}
	rest := strings.TrimRight(fmt.Sprintf("%06d", micro%1_000_000), "0")
	return "$" + Count(micro/1_000_000) + "." + rest + strings.Repeat("0", max(0, 2-len(rest)))
}
