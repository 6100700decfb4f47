// Package quota calculates a team's monthly budget: the maximum cost of a call, the remaining amount, the text of a refusal.
// It counts weighted tokens and micro-dollars, as integers, by the UTC month in which a call started.
package quota

import (
	"time"
)

// Month is a UTC calendar month, written 2026-11. Every month has its own row, so that no counter has to be reset.
type Month string

// MonthOf returns the month of a time.
func MonthOf(t time.Time) Month { return Month(t.UTC().Format("2006-01")) }

// Begins is the first moment of the month.
func (m Month) Begins() time.Time {
	t, _ := time.Parse("2006-01", string(m)) // only MonthOf creates months
	return t
}

// Ends is when the next month begins, which is when the budget resets.
func (m Month) Ends() time.Time { return m.Begins().AddDate(0, 1, 0) }

// Limits are monthly limits; nil means no limit, 0 means that nothing may be used.
type Limits struct{ Tokens, Cost *int64 }

// DefaultTokens is the monthly token limit of a new team.
const DefaultTokens = 50_000_000

// MaxLimit is the largest limit that can be set. Sums of such limits cannot overflow.
const MaxLimit = 1_000_000_000_000_000

// Amount is a number of weighted tokens and of micro-dollars.
type Amount struct{ Tokens, Cost int64 }

// Within reports whether neither figure of a exceeds that of o.
func (a Amount) Within(o Amount) bool { return a.Tokens <= o.Tokens && a.Cost <= o.Cost }

// Plus adds two amounts.
func (a Amount) Plus(o Amount) Amount { return Amount{a.Tokens + o.Tokens, a.Cost + o.Cost} }

// Budget is a team's budget for a month: the limits, the used amount and the amount reserved by calls in progress.
type Budget struct {
	Month      Month
	Max        Limits
	Used, Held Amount
	NoticedAt  *time.Time // when the leads were notified that 80% is used
}

// Left is the amount that is neither used nor reserved.
func (b Budget) Left() Limits { return b.Max.Less(b.Used.Plus(b.Held)) }

// Less subtracts an amount from limits; the result is never below 0.
func (l Limits) Less(a Amount) Limits { return Limits{less(l.Tokens, a.Tokens), less(l.Cost, a.Cost)} }

func less(limit *int64, n int64) *int64 {
	if limit == nil {
		return nil
	}
	left := max(0, *limit-n)
	return &left
}

// Both is the lower of two limits, for tokens and cost separately.
func (l Limits) Both(o Limits) Limits {
	return Limits{tighter(l.Tokens, o.Tokens), tighter(l.Cost, o.Cost)}
}

func tighter(a, b *int64) *int64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// Hold reports whether an amount is within the limits.
func (l Limits) Hold(a Amount) bool {
	return (l.Tokens == nil || a.Tokens <= *l.Tokens) && (l.Cost == nil || a.Cost <= *l.Cost)
}

// None reports whether there are no limits.
func (l Limits) None() bool { return l.Tokens == nil && l.Cost == nil }

// Over is the amount by which used and reserved exceed the limits, because a provider reported more than a call's upper bound
// or because a limit was lowered below the usage.
func (b Budget) Over() Amount {
	total := b.Used.Plus(b.Held)
	return Amount{over(b.Max.Tokens, total.Tokens), over(b.Max.Cost, total.Cost)}
}

func over(limit *int64, n int64) int64 {
	if limit == nil {
		return 0
	}
	return max(0, n-*limit)
}

// UsedUp reports whether the used amount alone reaches a limit. Nothing more is then started this month.
func (b Budget) UsedUp() bool {
	return reached(b.Max.Tokens, b.Used.Tokens) || reached(b.Max.Cost, b.Used.Cost)
}

// Full is like UsedUp but includes the amount reserved by calls in progress: a start waits until one of them ends.
func (b Budget) Full() bool {
	total := b.Used.Plus(b.Held)
	return reached(b.Max.Tokens, total.Tokens) || reached(b.Max.Cost, total.Cost)
}

func reached(limit *int64, n int64) bool { return limit != nil && n >= *limit }

// Notice reports whether at least 80% of a limit is used.
func (b Budget) Notice() bool {
	return b.Max.Tokens != nil && b.Used.Tokens >= *b.Max.Tokens/5*4 || b.Max.Cost != nil && b.Used.Cost >= *b.Max.Cost/5*4
}

// Forecast extrapolates the usage to the end of the month. It returns false on the first day of the month, when there is too
// little data, and outside of the month.
func (b Budget) Forecast(now time.Time) (Amount, bool) {
	past, whole := now.Sub(b.Month.Begins()), b.Month.Ends().Sub(b.Month.Begins())
	if past < 24*time.Hour || past >= whole {
		return Amount{}, false
	}
	return Amount{scaled(b.Used.Tokens, whole, past), scaled(b.Used.Cost, whole, past)}, true
}

// scaled is n · whole / past, in hours so that it cannot overflow.
func scaled(n int64, whole, past time.Duration) int64 {
	hours := int64(past / time.Hour)
	return n/hours*int64(whole/time.Hour) + n%hours*int64(whole/time.Hour)/hours
}

// Words lists the limits, such as "80,000,000 tokens and $250.00".
func (l Limits) Words() string {
	switch {
	case l.Tokens != nil && l.Cost != nil:
		return Count(*l.Tokens) + " tokens and " + Money(*l.Cost)
	case l.Tokens != nil:
		return Count(*l.Tokens) + " tokens"
	case l.Cost != nil:
		return Money(*l.Cost)
	}
	return "no limit"
}

// Raise returns l with the limits that are higher in to. No limit stays no limit.
func (l Limits) Raise(to Limits) Limits {
	return Limits{higher(l.Tokens, to.Tokens), higher(l.Cost, to.Cost)}
}

func higher(is, to *int64) *int64 {
	if is == nil || to == nil || *to <= *is {
		return is
	}
	return to
}
