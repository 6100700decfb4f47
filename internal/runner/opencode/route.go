package opencode

import (
	"encoding/json"
	"strings"
	"sync"
)

// item is one thing a turn is told by its server.
type item struct {
	kind  itemKind
	event globalEvent
	// of is the conversation the event belongs to.
	of string
}

// size is about what the item holds in memory.
func (i item) size() int {
	n := 256 + len(i.event.Payload.Properties)
	if s := i.event.Payload.Sync; s != nil {
		n += len(s.Data)
	}
	return n
}

type itemKind int

const (
	itemEvent     itemKind = iota
	itemBroken             // the stream broke; events may be missing from here on
	itemConnected          // the stream is open again; what follows is complete
	itemGap                // the queue was full; what it dropped is to be caught up
	itemDead               // the process is lost
	itemNone               // nothing happened; look again
)

// maxQueued bounds the bytes that wait for one turn: the process that sends them is hostile.
const maxQueued = 16 << 20

// box is a queue bounded by bytes, so that a slow turn neither holds up others nor fills the memory. A full one drops all
// it holds and tells a gap, which the turn catches up as after a broken stream.
type box struct {
	mu    sync.Mutex
	items []item
	bytes int
	bell  chan struct{}
}

func newBox() *box { return &box{bell: make(chan struct{}, 1)} }

func (b *box) push(i item) {
	b.mu.Lock()
	if len(b.items) > 0 && b.bytes+i.size() > maxQueued {
		b.drop()
	}
	b.items = append(b.items, i)
	b.bytes += i.size()
	b.mu.Unlock()
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

// drop leaves a gap in place of the items; it keeps that the process is lost and that the stream is broken now. The caller
// holds mu.
func (b *box) drop() {
	dead, broken := false, false
	for _, i := range b.items {
		dead = dead || i.kind == itemDead
		broken = i.kind == itemBroken || broken && i.kind != itemConnected
	}
	b.items, b.bytes = nil, 0
	if dead {
		b.items = append(b.items, item{kind: itemDead})
	}
	b.items = append(b.items, item{kind: itemGap})
	if broken {
		b.items = append(b.items, item{kind: itemBroken})
	}
}

func (b *box) take() (items []item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	items, b.items, b.bytes = b.items, nil, 0
	return items
}

// twins are plain events that the durable log tells too.
var twins = map[string]bool{"session.created": true, "session.updated": true, "session.deleted": true, "message.updated": true,
	"message.removed": true, "message.part.updated": true, "message.part.removed": true}

// take routes an event to the turn of its conversation; a sub-agent's goes to the session it works for.
func (s *server) take(e globalEvent) {
	switch {
	case e.Payload.Type == "server.connected":
		s.opened()
		return
	case twins[e.Payload.Type]:
		return
	}
	of := conversationOf(e.Payload)
	if e.Payload.Sync != nil {
		s.learnFrom(e.Payload.Sync.Type, e.Payload.Sync.Data)
	}
	if of == "" {
		if _, known := decisions[e.Payload.Type]; !known {
			s.team.unknown.add(e.Payload.Type)
		}
		return
	}
	s.mu.Lock()
	t := s.turns[s.root(of)]
	s.mu.Unlock()
	if t != nil {
		t.box.push(item{event: e, of: of})
	}
}

// conversationOf is the conversation an event belongs to; empty for those of the whole process.
func conversationOf(p payload) string {
	if p.Sync != nil {
		return p.Sync.Aggregate
	}
	var d struct {
		SessionID string `json:"sessionID"`
	}
	_ = json.Unmarshal(p.Properties, &d) // without one it belongs to the process
	return d.SessionID
}

// learnFrom remembers the parent that an entry of the durable log names.
func (s *server) learnFrom(sourceType string, data json.RawMessage) {
	if base, ok := baseType(sourceType); !ok || base != "session.created" && base != "session.updated" {
		return
	}
	var d sessionData
	if json.Unmarshal(data, &d) == nil {
		s.learn(d.Info.ID, d.Info.ParentID)
	}
}

// learn remembers who a conversation works for.
func (s *server) learn(child, parent string) {
	if parent == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents[child] = parent
}

// root walks from a sub-agent's conversation up to the session's own. The caller holds mu.
func (s *server) root(id string) string {
	for range 100 { // deeper than sub-agents go; a circle ends here
		parent, ok := s.parents[id]
		if !ok {
			return id
		}
		id = parent
	}
	return id
}

func (s *server) all() (ts []*turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.turns {
		ts = append(ts, t)
	}
	return ts
}

func (s *server) subscribe(conversation string, t *turn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns[conversation] = t
	if s.isDead() {
		t.box.push(item{kind: itemDead})
	}
}

func (s *server) unsubscribe(conversation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.turns, conversation)
	var children []string
	for child := range s.parents {
		if s.root(child) == conversation {
			children = append(children, child)
		}
	}
	for _, child := range children {
		delete(s.parents, child)
	}
}

// isOf says whether a conversation is the root's own or of one of its sub-agents.
func (s *server) isOf(id, root string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.root(id) == root
}

func (s *server) isConnected() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected
}

func (s *server) opened() {
	s.mu.Lock()
	select {
	case <-s.connected:
	default:
		close(s.connected)
	}
	s.mu.Unlock()
	for _, t := range s.all() {
		t.box.push(item{kind: itemConnected})
	}
}

func (s *server) broken() {
	s.mu.Lock()
	select {
	case <-s.connected:
		s.connected = make(chan struct{})
	default:
	}
	s.mu.Unlock()
	for _, t := range s.all() {
		t.box.push(item{kind: itemBroken})
	}
}

// baseType is a durable type without the version of its form; ok is false for a form we do not know.
func baseType(t string) (base string, ok bool) {
	dot := strings.LastIndexByte(t, '.')
	if dot < 0 {
		return t, false
	}
	return t[:dot], t[dot:] == ".1"
}
