// Package loop decides when an agent runs away: when it repeats itself without anything new, or calls models faster than work needs.
// One table says what counts and from which number on. It reads and writes nothing: it is fed with the answers of models, the results
// of tool calls and compactions, and returns evidence when a session, or a parent with its children, has to be stopped.
package loop

import (
	"slices"
	"time"
)

// Sign is one way in which a runaway shows.
type Sign string

// The signs. Rules says what counts for each.
const (
	SameCall    Sign = "same_call"
	LikeCall    Sign = "like_call"
	SameError   Sign = "same_error"
	NoAnswer    Sign = "no_answer"
	SameAnswer  Sign = "same_answer"
	Unasked     Sign = "unasked_answers"
	Compactions Sign = "compactions"
	CallRate    Sign = "calls_per_minute"
	CostRate    Sign = "cost_per_minute"
	UnmovedDiff Sign = "unmoved_diff"
)

// Bounds of the number of repeats at which a session is stopped. A team may choose a number between them.
const (
	MinRepeats     = 3
	DefaultRepeats = 6
	MaxRepeats     = 10
)

// Rule is a row of the table: what counts for a sign, and how many of it stop a session.
type Rule struct {
	Sign Sign
	// Limit is the number that stops a session; 0 is the team's number of repeats.
	Limit int64
	// Family is the number for a parent together with its children. Repeats of several members are added up to it.
	Family int64
	// Alone reports whether the sign stops a session by itself.
	Alone  bool
	Counts string
}

// Rules is the table. Everything that stops a session is in it.
//
// What is new ends a row of repeats: a tool call that was not made before in this conversation (or had another result), and a message
// of a person. Waiting is no repeat: see waits.
func Rules() []Rule { return slices.Clone(rules) }

var rules = []Rule{
	{SameCall, 0, MaxRepeats, true, "the same tool call with the same arguments and the same result, with nothing new in between; 10 while the diff moves or the call runs long"},
	{LikeCall, MaxRepeats, MaxRepeats, true, "the same tool call with the same arguments, where only numbers of the result differ"},
	{SameError, MaxRepeats, MaxRepeats, true, "calls of one tool that fail with the same error, whatever their arguments"},
	{NoAnswer, 0, MaxRepeats, true, "answers of the model without text and without a tool call"},
	{SameAnswer, 0, MaxRepeats, true, "the same text as answer, without a tool call that has a result"},
	{Unasked, MaxRepeats, MaxRepeats, true, "answers without a tool call, one after the other, to one message of a person"},
	{Compactions, 4, MaxRepeats, true, "compaction after compaction, without a new tool call in between"},
	{CallRate, 360, 720, true, "model calls of the last 60 seconds"},
	{CostRate, 20_000_000, 40_000_000, true, "cost of the model calls of the last 60 seconds, in micro-dollars, of at least 3 calls"},
	{UnmovedDiff, 0, 0, false, "time since a change in the files; it only supports another sign, because reviews and plans write nothing"},
}

// ruleOf returns the row of a sign.
func ruleOf(s Sign) Rule {
	for _, r := range rules {
		if r.Sign == s {
			return r
		}
	}
	return Rule{}
}

// Repeats makes a team's number of repeats one of the allowed ones; 0 is the default.
func Repeats(n int) int {
	if n == 0 {
		return DefaultRepeats
	}
	return min(max(n, MinRepeats), MaxRepeats)
}

// rateCalls is the least number of calls by which the cost of a minute is judged: one expensive call is no loop.
const rateCalls = 3

// sumWithin is how long the repeats of one member count in the sum of a parent and its children.
const sumWithin = 10 * time.Minute
