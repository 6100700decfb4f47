package loop

import (
	"slices"
	"time"
)

// judge returns the evidence if a tally is at its limit: in its own conversation, or summed up over its session or the whole family.
func (w *Watch) judge(m *member, k uint64, t *tally) *Evidence {
	if limit := w.limitOf(m, t); t.n >= limit {
		return w.evidence(m, t, t.n, limit, false)
	}
	if !t.sums() || len(w.members) < 2 {
		return nil
	}
	own, all := w.sum(m.place.Session, k, t.last)
	limit := ruleOf(t.sign).Family
	switch {
	case own >= limit:
		return w.evidence(m, t, own, limit, false)
	case all >= limit:
		return w.evidence(m, t, all, limit, true)
	}
	return nil
}

// sums reports whether a tally counts in the sum of a family: what several members do once each is a division of labour, unless it fails.
func (t *tally) sums() bool { return t.bad || t.n > 1 }

// sum adds up the tallies of one thing over the conversations of a session, and over the family.
func (w *Watch) sum(session string, k uint64, now time.Time) (own, all int64) {
	for _, m := range w.members {
		for _, t := range []*tally{m.calls[k], m.answers[k]} {
			if t == nil || !t.sums() || now.Sub(t.last) > sumWithin {
				continue
			}
			all += t.n
			if m.place.Session == session {
				own += t.n
			}
		}
	}
	return own, all
}

// limitOf is the number of repeats at which a tally stops its session. A diff that moves, and calls that run long, are given more.
func (w *Watch) limitOf(m *member, t *tally) int64 {
	rule, s := ruleOf(t.sign), w.sessions[m.place.Session]
	switch {
	case rule.Limit > 0:
		return rule.Limit
	case t.late, t.sign == SameCall && len(t.refs) > 0 && s.moved.After(t.refs[0].At):
		return MaxRepeats
	}
	return int64(s.repeats)
}

// judgeMinute returns the evidence if the last minute of a session, or of its family, has too many or too expensive calls.
func (w *Watch) judgeMinute(a Answer) *Evidence {
	calls, cost := w.sessions[a.Session].minute(a.At)
	if e := w.minuteEvidence(a, calls, cost, false); e != nil {
		return e
	}
	calls, cost = 0, 0
	for _, s := range w.sessions {
		n, c := s.minute(a.At)
		calls, cost = calls+n, cost+c
	}
	return w.minuteEvidence(a, calls, cost, true)
}

func (w *Watch) minuteEvidence(a Answer, calls, cost int64, family bool) *Evidence {
	byCalls, byCost := ruleOf(CallRate), ruleOf(CostRate)
	of := func(r Rule) int64 {
		if family {
			return r.Family
		}
		return r.Limit
	}
	m, t := w.members[[2]string{a.Session, a.Conversation}], tally{refs: []Ref{{Call: a.ID, At: a.At}}}
	switch {
	case calls >= of(byCalls):
		t.sign = CallRate
		return w.evidence(m, &t, calls, of(byCalls), family)
	case cost >= of(byCost) && calls >= rateCalls:
		t.sign = CostRate
		return w.evidence(m, &t, cost, of(byCost), family)
	}
	return nil
}

// evidence describes a tally that stops its session, or the family.
func (w *Watch) evidence(m *member, t *tally, n, limit int64, family bool) *Evidence {
	s := w.sessions[m.place.Session]
	e := &Evidence{Sign: t.sign, Count: n, Limit: limit, Family: family, Session: m.place.Session, Conversation: m.place.Conversation, What: t.what,
		Failed: t.bad && t.text != "", Text: t.text, Turns: slices.Clone(t.refs), At: m.place.At, TotalTokens: s.total.tokens, TotalCost: s.total.cost}
	if len(e.Turns) > 0 {
		e.Since = e.Turns[0].At
	}
	if t.sign != CallRate && t.sign != CostRate {
		e.Tokens, e.Cost = s.total.tokens-t.began.tokens, s.total.cost-t.began.cost
	} else {
		e.Since = m.place.At.Add(-time.Minute)
		_, e.Cost = s.minute(m.place.At)
	}
	still := s.began
	if s.moved.After(still) {
		still = s.moved
	}
	e.Still = m.place.At.Sub(still)
	e.Signs = e.signs(s.moved)
	if family {
		e.Sessions = w.Running()
	} else {
		e.Sessions = []string{m.place.Session}
	}
	return e
}
