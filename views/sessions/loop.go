package sessions

import (
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// stop is the stop that a person has not answered yet; nil if the breaker did not pause the session.
func (d Detail) stop() *loop.Stop {
	if !d.Session.IsLooped() || len(d.Stops) == 0 {
		return nil
	}
	return &d.Stops[0]
}

// repeatsOf are the number and the limit of a sign, such as "6 of 6" or "14 min".
func repeatsOf(s loop.Seen) string {
	switch {
	case s.Sign == loop.UnmovedDiff:
		return ui.Span(s.For)
	case s.Sign == loop.CostRate:
		return ui.Money(s.Count) + " of " + ui.Money(s.Limit)
	}
	return ui.Count(s.Count) + " of " + ui.Count(s.Limit)
}

// resumeHint says what happens after the session is resumed as it is.
func resumeHint(s loop.Stop) string {
	if s.Evidence.Sign == loop.CallRate || s.Evidence.Sign == loop.CostRate {
		return "Resume as it is: stops again at the same rate."
	}
	return "Resume as it is: stops again after " + ui.Count(s.Evidence.Limit) + " more of the same."
}

// limitSentence explains the limit of a sign.
func limitSentence(e loop.Evidence) string {
	if e.Sign == loop.CallRate || e.Sign == loop.CostRate {
		return "These limits are the same for all teams and hold for the last 60 seconds."
	}
	return "The limit is " + ui.Count(e.Limit) + " repeats. A session is never stopped before the third."
}

// endedAs says how an earlier stop ended.
func endedAs(s loop.Stop) string {
	words := map[loop.Reply]string{loop.Told: "got a message from ", loop.Resumed: "resumed as it was by ", loop.Ended: "ended by "}[s.Reply] + ui.Or(s.Replier)
	if s.Reply != loop.Ended && s.Status != "" {
		words += "; now " + session.Status(s.Status).Word()
	}
	return words
}

// turns lists the numbers of the events that count, such as "12, 15, 18".
func turns(e loop.Evidence) string {
	var all []string
	for _, r := range e.Turns {
		if r.Seq > 0 {
			all = append(all, ui.Count(r.Seq))
		}
	}
	return strings.Join(all, ", ")
}

// sinceFirst is how long the repeats took.
func sinceFirst(e loop.Evidence) time.Duration { return max(0, e.At.Sub(e.Since)) }
