package loop

import (
	"maps"
	"slices"
	"time"
)

// Watch is the breaker of a family: a session without a parent, with all sessions below it. It is not safe for concurrent use.
type Watch struct {
	members  map[[2]string]*member
	sessions map[string]*sums
}

// NewWatch returns a breaker that has seen nothing.
func NewWatch() *Watch {
	return &Watch{members: map[[2]string]*member{}, sessions: map[string]*sums{}}
}

// mostMembers bounds the conversations of a family that are remembered; the longest silent one goes first.
const mostMembers = 64

// Add adds a session with its team's number of repeats. Observations of sessions that were not added are ignored.
func (w *Watch) Add(session string, repeats int, at time.Time) {
	s := w.sessions[session]
	if s == nil {
		s = &sums{began: at}
		w.sessions[session] = s
	}
	s.ended, s.repeats = false, Repeats(repeats)
}

// Has reports whether a session was added and has not ended.
func (w *Watch) Has(session string) bool { s := w.sessions[session]; return s != nil && !s.ended }

// Forget ends all rows of repeats of a session and empties its minute: a person has seen where it is.
func (w *Watch) Forget(session string) {
	if s := w.sessions[session]; s != nil {
		s.second = sums{}.second
	}
	for k, m := range w.members {
		if k[0] == session {
			m.clear()
		}
	}
}

// Remove removes a session.
func (w *Watch) Remove(session string) {
	delete(w.sessions, session)
	maps.DeleteFunc(w.members, func(k [2]string, _ *member) bool { return k[0] == session })
}

// End notes that a session has ended. What it did still counts for its family. It reports whether another session is left.
func (w *Watch) End(session string) (left bool) {
	if s := w.sessions[session]; s != nil {
		s.ended = true
	}
	return len(w.Running()) > 0
}

// Running returns the sessions that have not ended, in order.
func (w *Watch) Running() []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(w.sessions)) {
		if !w.sessions[id].ended {
			ids = append(ids, id)
		}
	}
	return ids
}

// Moved notes that the files of a session have changed.
func (w *Watch) Moved(session string, at time.Time) {
	if s := w.sessions[session]; s != nil && at.After(s.moved) {
		s.moved = at
	}
}

// member returns the conversation of a place, and its session's figures; nil if the session is not watched or has ended.
func (w *Watch) member(p Place) (*member, *sums) {
	s := w.sessions[p.Session]
	if s == nil || s.ended {
		return nil, nil
	}
	k := [2]string{p.Session, p.Conversation}
	m := w.members[k]
	if m == nil {
		w.makeRoom()
		m = newMember(p)
		w.members[k] = m
	}
	m.place.At = p.At
	return m, s
}

func (w *Watch) makeRoom() {
	if len(w.members) < mostMembers {
		return
	}
	var oldest [2]string
	for k, m := range w.members {
		if o := w.members[oldest]; o == nil || m.place.At.Before(o.place.At) {
			oldest = k
		}
	}
	delete(w.members, oldest)
}

// Answer observes a model call. It returns the evidence if the session, or its family, has to be stopped.
func (w *Watch) Answer(a Answer) *Evidence {
	m, s := w.member(a.Place)
	if m == nil || m.isRepeated(a.ID) {
		return nil
	}
	before := s.total
	s.add(a.At, a.Tokens, a.Cost)
	if e := w.judgeMinute(a); e != nil {
		return e
	}
	if a.Title || a.Status < 200 || a.Status > 299 {
		return nil
	}
	ref := Ref{Call: a.ID, At: a.At}
	words := normal(a.Text)
	if len(a.Tools) > 0 {
		return w.answerWithTools(m, before, a, ref, words)
	}
	m.last = 0
	if words == "" {
		return w.judge(m, key("none"), count(m.answers, key("none"), tally{sign: NoAnswer, bad: true, began: before}, ref))
	}
	same := key("answer", words)
	unasked := count(m.answers, key("unasked"), tally{sign: Unasked, began: before, text: brief(a.Text)}, ref)
	if e := w.judge(m, same, count(m.answers, same, tally{sign: SameAnswer, began: before, text: brief(a.Text)}, ref)); e != nil {
		return e
	}
	return w.judge(m, key("unasked"), unasked)
}

// answerWithTools observes an answer with tool calls. These are judged by their results; only an agent that asks for the same again
// without having a result repeats itself here.
func (w *Watch) answerWithTools(m *member, before spent, a Answer, ref Ref, words string) *Evidence {
	k := key(append([]string{"tools", words}, a.Tools...)...)
	if k != m.last || m.heard {
		clear(m.answers)
	}
	m.last, m.heard = k, false
	return w.judge(m, k, count(m.answers, k, tally{sign: SameAnswer, late: true, began: before, text: brief(a.Text), what: brief(a.Tools[0])}, ref))
}

// Call observes a tool call that has ended.
func (w *Watch) Call(c Call) *Evidence {
	m, s := w.member(c.Place)
	if m == nil || m.isRepeated(c.ID) {
		return nil
	}
	m.heard = true
	if c.Moved {
		w.Moved(c.Session, c.At)
	}
	switch {
	case isBookkeeping(c.Tool):
		return nil
	case c.waits():
		clear(m.calls)
		return nil
	}
	return w.countCall(m, s, c)
}

func (w *Watch) countCall(m *member, s *sums, c Call) *Evidence {
	in, result := args(c.Args), normal(c.Result)
	same, like, failure := key("call", c.Tool, in, result), key("like", c.Tool, in, withoutNumbers(result)), key("error", c.Tool, result)
	keys := []uint64{same, like}
	if fails := c.Failed && result != ""; fails {
		keys = append(keys, failure)
	}
	if m.see(keys...) {
		clear(m.calls)
	}
	first := tally{bad: c.Failed, late: c.runsLong(), what: brief(c.Tool + " " + subject(c.Args)), began: s.total}
	if c.Failed {
		first.text = brief(c.Result)
	}
	ref, signs := Ref{Part: c.ID, Seq: c.Seq, At: c.At}, []Sign{SameCall, LikeCall, SameError}
	for i, k := range keys {
		first.sign = signs[i]
		count(m.calls, k, first, ref)
	}
	for _, k := range keys {
		if e := w.judge(m, k, m.calls[k]); e != nil {
			return e
		}
	}
	return nil
}

// Compaction observes that a conversation was compacted.
func (w *Watch) Compaction(c Compaction) *Evidence {
	m, s := w.member(c.Place)
	if m == nil || m.isRepeated(c.ID) {
		return nil
	}
	k := key("compaction")
	return w.judge(m, k, count(m.calls, k, tally{sign: Compactions, began: s.total}, Ref{Part: c.ID, Seq: c.Seq, At: c.At}))
}
