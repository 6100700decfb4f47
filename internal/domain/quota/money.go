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

// Money writes an amount of micro-dollars with two decimals, or with four below one cent: $212.40, $0.0042. All pages, e-mails
// and commands write amounts with it.
func Money(micro int64) string {
	const half, unit = 50, 100 // of the fourth decimal
	switch tenThousandths := (micro + half) / unit; {
	case micro < 0:
		return "−" + Money(-micro)
	case micro > 0 && tenThousandths == 0:
		return "under $0.0001"
	case tenThousandths > 0 && tenThousandths < 100:
		return fmt.Sprintf("$0.%04d", tenThousandths)
	}
	cents := (micro + 5_000) / 10_000
	return fmt.Sprintf("$%s.%02d", Count(cents/100), cents%100)
}

// Price writes a price per million tokens in micro-dollars exactly, with at least two decimals: $3.00, $0.075.
func Price(micro int64) string {
	rest := strings.TrimRight(fmt.Sprintf("%06d", micro%1_000_000), "0")
	return "$" + Count(micro/1_000_000) + "." + rest + strings.Repeat("0", max(0, 2-len(rest)))
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
