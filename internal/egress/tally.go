package egress

import (
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// tally combines connections into few events: it records the first of a kind immediately, and those that follow within a minute
// together.
type tally struct {
	record func(Visitor, event.Egress)
	clock  clock.Clock
	mu     sync.Mutex
	kinds  map[kind]*count
	// targets counts the kinds of a session that are recorded separately.
	targets map[session.ID]int
}

type kind struct {
	session session.ID
	attempt int
	target  string
	refused bool
}

type count struct {
	visitor    Visitor
	more       event.Egress
	recordedAt time.Time
}

const (
	recordEvery = time.Minute
	// maxTargets is the number of targets per session and minute that are recorded separately. Further ones are combined.
	maxTargets = 20
	others     = "other hosts"
)

func (t *tally) add(v Visitor, e event.Egress) {
	if t.collect(v, e) {
		t.record(v, e)
	}
}

// collect reports whether e is the first of its kind, which must be recorded immediately. Otherwise it adds e to the event at the
// end of the minute.
func (t *tally) collect(v Visitor, e event.Egress) (first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kinds == nil {
		t.kinds, t.targets = map[kind]*count{}, map[session.ID]int{}
	}
	k := kind{v.Session, v.Attempt, e.Target, e.Refused != ""}
	if t.kinds[k] == nil && t.targets[v.Session] >= maxTargets {
		k.target, e.Target = others, others
	}
	c := t.kinds[k]
	if c == nil {
		t.kinds[k] = &count{visitor: v, more: event.Egress{Target: e.Target}, recordedAt: t.clock.Now()}
		t.targets[v.Session]++
		if k.target != others {
			return true
		}
		c = t.kinds[k]
	}
	c.more.Refused = e.Refused
	c.more.Count += e.Count
	c.more.Sent += e.Sent
	c.more.Received += e.Received
	return false
}

// flush records the events that have waited for a minute, or all of them.
func (t *tally) flush(all bool) {
	for _, c := range t.due(all) {
		t.record(c.visitor, c.more)
	}
}

func (t *tally) due(all bool) (due []count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	for k, c := range t.kinds {
		if !all && now.Sub(c.recordedAt) < recordEvery {
			continue
		}
		if c.more.Count == 0 {
			t.remove(k)
			continue
		}
		due = append(due, *c)
		c.more, c.recordedAt = event.Egress{Target: k.target}, now
	}
	return due
}

func (t *tally) remove(k kind) {
	delete(t.kinds, k)
	if t.targets[k.session]--; t.targets[k.session] == 0 {
		delete(t.targets, k.session)
	}
}
