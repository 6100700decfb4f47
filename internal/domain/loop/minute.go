package loop

import "time"

// spent is what model calls have used.
type spent struct{ tokens, cost int64 }

// sums are the figures of a session.
type sums struct {
	total   spent
	began   time.Time
	moved   time.Time // the last change of a file; zero if there was none
	ended   bool
	repeats int
	second  [60]struct{ at, calls, cost int64 }
}

// add adds a call to its second and to the totals.
func (s *sums) add(at time.Time, tokens, cost int64) {
	s.total.tokens += tokens
	s.total.cost += cost
	b := &s.second[((at.Unix()%60)+60)%60]
	if b.at != at.Unix() {
		b.at, b.calls, b.cost = at.Unix(), 0, 0
	}
	b.calls++
	b.cost += cost
}

// minute returns the calls, and their cost, of the 60 seconds before and at a time.
func (s *sums) minute(at time.Time) (calls, cost int64) {
	for _, b := range s.second {
		if b.at > at.Unix()-60 && b.at <= at.Unix() {
			calls += b.calls
			cost += b.cost
		}
	}
	return calls, cost
}
