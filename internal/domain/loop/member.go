package loop

import (
	"slices"
	"time"
)

// Ref is a turn that counts as a repeat: a part of the conversation (a tool call or a compaction) with the number of its event, or a
// model call.
type Ref struct {
	Part string    `json:"part,omitempty"`
	Seq  int64     `json:"seq,omitempty"`
	Call string    `json:"call,omitempty"`
	At   time.Time `json:"at"`
}

// mostRefs bounds the turns that evidence names; more are never needed, since the tenth repeat stops.
const mostRefs = MaxRepeats

// tally counts repeats of one thing since something new happened.
type tally struct {
	sign       Sign
	n          int64
	bad        bool // one of it is bad already: it counts in the sum of a family from the first
	late       bool // it is stopped late, at MaxRepeats
	refs       []Ref
	last       time.Time
	what, text string
	began      spent // what the session had used when it began
}

func (t *tally) add(r Ref) {
	t.n++
	t.last = r.At
	if len(t.refs) < mostRefs {
		t.refs = append(t.refs, r)
	}
}

// member is one conversation: of a session's agent or of a sub-agent.
type member struct {
	place Place
	// seen are all results of tool calls so far.
	seen map[uint64]struct{}
	// calls and answers are repeats since the last thing that was new.
	calls, answers map[uint64]*tally
	done           map[string]struct{} // ids of calls and answers that have been counted
	last           uint64              // the last answer with tool calls
	heard          bool                // a tool call had a result since then
}

// mostSeen bounds what a member remembers; beyond that it begins again.
const mostSeen = 8192

func newMember(p Place) *member {
	return &member{place: p, seen: map[uint64]struct{}{}, calls: map[uint64]*tally{}, answers: map[uint64]*tally{}, done: map[string]struct{}{}}
}

// isRepeated reports whether an id was counted already: reports may come twice.
func (m *member) isRepeated(id string) bool {
	if id == "" {
		return false
	}
	if _, ok := m.done[id]; ok {
		return true
	}
	if len(m.done) >= mostSeen {
		clear(m.done)
	}
	m.done[id] = struct{}{}
	return false
}

// see notes keys and reports whether all of them are new.
func (m *member) see(keys ...uint64) (isNew bool) {
	isNew = !slices.ContainsFunc(keys, func(k uint64) bool { _, ok := m.seen[k]; return ok })
	if len(m.seen) >= mostSeen {
		clear(m.seen)
	}
	for _, k := range keys {
		m.seen[k] = struct{}{}
	}
	return isNew
}

// clear ends all rows of repeats.
func (m *member) clear() {
	clear(m.calls)
	clear(m.answers)
	m.last, m.heard = 0, false
}

// count counts one more of a thing and returns its tally with its key.
func count(in map[uint64]*tally, k uint64, first tally, r Ref) *tally {
	t := in[k]
	if t == nil {
		t = &first
		in[k] = t
	}
	t.add(r)
	return t
}
