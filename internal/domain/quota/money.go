package quota

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Day writes the time at which a limit resets, such as "1 Dec, 00:00 UTC".
func Day(t time.Time) string { return t.UTC().Format("2 Jan, 15:04") + " UTC" }

// Count is text.Count.
func Count(n int64) string { return text.Count(n) }

// Money is text.Money.
func Money(micro int64) string { return text.Money(micro) }

// Price is text.Price.
func Price(micro int64) string { return text.Price(micro) }

var dollars = regexp.MustCompile(`^\d{1,15}(\.\d{1,6})?$`)

// Dollars reads an amount such as $1,250 or 12.50 as micro-dollars. It returns false for invalid input and for fractions of a
// micro-dollar.
func Dollars(amount string) (int64, bool) {
	amount = text.Ungroup(strings.TrimPrefix(strings.TrimSpace(amount), "$"))
	if !dollars.MatchString(amount) {
		return 0, false
	}
	r, _ := new(big.Rat).SetString(amount)
	n := r.Mul(r, big.NewRat(1_000_000, 1)).Num()
	return n.Int64(), n.IsInt64()
}
