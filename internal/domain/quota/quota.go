// Package quota is the arithmetic of a team's monthly budget: what a call can cost at most, what is left, what a refusal
// says. It counts weighted tokens and micro-dollars, integers only, by the UTC month in which a call began.
package quota

import (
	"time"
)

// Month is a UTC calendar month, written 2026-11. Nothing resets: a new month is another row.
type Month string

// MonthOf is the month of a time of use.
func MonthOf(t time.Time) Month { return Month(t.UTC().Format("2006-01")) }

// Begins is the first moment of the month.
func (m Month) Begins() time.Time {
	t, _ := time.Parse("2006-01", string(m)) // months are only made by MonthOf
	return t
}

// Ends is when the next month begins: then what this month's limit held back is free.
func (m Month) Ends() time.Time { return m.Begins().AddDate(0, 1, 0) }

// Limits of a month; nil is no limit, 0 is nothing at all.
type Limits struct{ Tokens, Cost *int64 }

// DefaultTokens is what a new team may use in a month.
const DefaultTokens = 50_000_000

// MaxLimit is the largest limit that can be set: sums of it stay far from the end of the integers.
const MaxLimit = 1_000_000_000_000_000

// Amount is weighted tokens and micro-dollars.
type Amount struct{ Tokens, Cost int64 }

// Within says whether an amount is no more than another.
func (a Amount) Within(o Amount) bool { return a.Tokens <= o.Tokens && a.Cost <= o.Cost }

// Plus sums two amounts.
func (a Amount) Plus(o Amount) Amount { return Amount{a.Tokens + o.Tokens, a.Cost + o.Cost} }

// Budget is a team's month: its limits, what is used, and what calls under way hold.
type Budget struct {
	Month      Month
	Max        Limits
	Used, Held Amount
	NoticedAt  *time.Time // when its leads were told that 80 % are used
}

// Left is what nothing uses or holds.
func (b Budget) Left() Limits { return b.Max.Less(b.Used.Plus(b.Held)) }

// Less is what is left of limits after an amount; never below 0.
func (l Limits) Less(a Amount) Limits { return Limits{less(l.Tokens, a.Tokens), less(l.Cost, a.Cost)} }

func less(limit *int64, n int64) *int64 {
	if limit == nil {
		return nil
	}
	left := max(0, *limit-n)
	return &left
}

// Both is the tighter of two limits, each by itself.
func (l Limits) Both(o Limits) Limits {
	return Limits{tighter(l.Tokens, o.Tokens), tighter(l.Cost, o.Cost)}
}

func tighter(a, b *int64) *int64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// Hold says whether an amount fits.
func (l Limits) Hold(a Amount) bool {
	return (l.Tokens == nil || a.Tokens <= *l.Tokens) && (l.Cost == nil || a.Cost <= *l.Cost)
}

// None says that nothing is limited.
func (l Limits) None() bool { return l.Tokens == nil && l.Cost == nil }

// Over is by how much what is used and held passes the limits: a provider reported more than a call may use, or a limit was
// lowered below what was used.
func (b Budget) Over() Amount {
	taken := b.Used.Plus(b.Held)
	return Amount{over(b.Max.Tokens, taken.Tokens), over(b.Max.Cost, taken.Cost)}
}

func over(limit *int64, n int64) int64 {
	if limit == nil {
		return 0
	}
	return max(0, n-*limit)
}

// UsedUp says whether a limit is reached by what is used alone: then nothing more is started this month.
func (b Budget) UsedUp() bool {
	return reached(b.Max.Tokens, b.Used.Tokens) || reached(b.Max.Cost, b.Used.Cost)
}

// Full is UsedUp with what calls under way hold: a claim waits until one of them ends.
func (b Budget) Full() bool {
	taken := b.Used.Plus(b.Held)
	return reached(b.Max.Tokens, taken.Tokens) || reached(b.Max.Cost, taken.Cost)
}

func reached(limit *int64, n int64) bool { return limit != nil && n >= *limit }

// Notice says whether four fifths of a limit are used.
func (b Budget) Notice() bool {
	return b.Max.Tokens != nil && b.Used.Tokens >= *b.Max.Tokens/5*4 || b.Max.Cost != nil && b.Used.Cost >= *b.Max.Cost/5*4
}

// Forecast is the month's end if the rest goes on like what was; false in the first day of the month and outside of it,
// when there is too little to tell from.
func (b Budget) Forecast(now time.Time) (Amount, bool) {
	past, whole := now.Sub(b.Month.Begins()), b.Month.Ends().Sub(b.Month.Begins())
	if past < 24*time.Hour || past >= whole {
		return Amount{}, false
	}
	return Amount{scaled(b.Used.Tokens, whole, past), scaled(b.Used.Cost, whole, past)}, true
}

// scaled is n · whole / past, by the hour so that it cannot wrap round.
func scaled(n int64, whole, past time.Duration) int64 {
	hours := int64(past / time.Hour)
	return n/hours*int64(whole/time.Hour) + n%hours*int64(whole/time.Hour)/hours
}

// Words name the limits that are set: 80,000,000 tokens and $250.00.
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

// Raise is l with each limit that to sets higher; none stays none.
func (l Limits) Raise(to Limits) Limits {
	return Limits{higher(l.Tokens, to.Tokens), higher(l.Cost, to.Cost)}
}

func higher(is, to *int64) *int64 {
	if is == nil || to == nil || *to <= *is {
		return is
	}
	return to
}
