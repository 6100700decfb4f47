package egress

import (
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// tally makes few events of many connections: the first of its kind is told at once, what follows within a minute together.
type tally struct {
	tell  func(Visitor, event.Egress)
	clock clock.Clock
	mu    sync.Mutex
	kinds map[kind]*count
	// targets counts the kinds of a session that are told apart.
	targets map[session.ID]int
}

type kind struct {
	session session.ID
	attempt int
	target  string
	refused bool
}

type count struct {
	visitor Visitor
	more    event.Egress
	told    time.Time
}

const (
	tellEvery = time.Minute
	// maxTargets bounds what is told apart of one session in a minute; what goes beyond is told together.
	maxTargets = 20
	others     = "other hosts"
)

func (t *tally) add(v Visitor, e event.Egress) {
	if t.keep(v, e) {
		t.tell(v, e)
	}
}

// keep says whether e is the first of its kind and to be told; otherwise it waits for the end of the minute.
func (t *tally) keep(v Visitor, e event.Egress) (first bool) {
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
		t.kinds[k] = &count{visitor: v, more: event.Egress{Target: e.Target}, told: t.clock.Now()}
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

// flush tells what waited for a minute; with all, everything that waits.
func (t *tally) flush(all bool) {
	for _, c := range t.due(all) {
		t.tell(c.visitor, c.more)
	}
}

func (t *tally) due(all bool) (due []count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	for k, c := range t.kinds {
		if !all && now.Sub(c.told) < tellEvery {
			continue
		}
		if c.more.Count == 0 {
			t.forget(k)
			continue
		}
		due = append(due, *c)
		c.more, c.told = event.Egress{Target: k.target}, now
	}
	return due
}

func (t *tally) forget(k kind) {
	delete(t.kinds, k)
	if t.targets[k.session]--; t.targets[k.session] == 0 {
		delete(t.targets, k.session)
	}
}
