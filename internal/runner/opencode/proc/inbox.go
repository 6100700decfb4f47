package proc

import (
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// Item is one entry of an inbox.
type Item struct {
	Kind  Kind
	Event wire.Event
	// Of is the conversation the event belongs to.
	Of string
}

// Kind is the kind of an item.
type Kind int

// The kinds of items.
const (
	EventArrived  Kind = iota
	StreamBroken       // events may be missing from here on
	StreamOpened       // the stream is open again; what follows is complete
	EventsDropped      // the inbox was full; what it dropped has to be caught up
	ProcessLost        // no more items come
	LookAgain          // nothing happened at OpenCode
)

// maxInbox bounds the bytes that wait for one turn: the process that sends them is hostile.
const maxInbox = 16 << 20

// Inbox is a queue bounded by bytes, so that a slow turn neither holds up others nor fills the memory. A full one drops all
// events it holds and adds EventsDropped; its reader catches up as after a broken stream. It is safe for concurrent use.
type Inbox struct {
	bell chan struct{}

	mu    sync.Mutex
	items []Item
	bytes int
}

// NewInbox makes an empty inbox.
func NewInbox() *Inbox { return &Inbox{bell: make(chan struct{}, 1)} }

// Bell receives a value when something was pushed since it was last read.
func (b *Inbox) Bell() <-chan struct{} { return b.bell }

// Push appends an item; it never blocks.
func (b *Inbox) Push(i Item) {
	b.add(i)
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

func (b *Inbox) add(i Item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.items) > 0 && b.bytes+i.Event.Size() > maxInbox {
		b.dropEvents()
	}
	b.items = append(b.items, i)
	b.bytes += i.Event.Size()
}

// dropEvents leaves EventsDropped in place of the items; it keeps that the process is lost and that the stream is broken
// now. The caller holds mu.
func (b *Inbox) dropEvents() {
	lost, broken := false, false
	for _, i := range b.items {
		lost = lost || i.Kind == ProcessLost
		broken = i.Kind == StreamBroken || broken && i.Kind != StreamOpened
	}
	b.items, b.bytes = nil, 0
	if lost {
		b.items = append(b.items, Item{Kind: ProcessLost})
	}
	b.items = append(b.items, Item{Kind: EventsDropped})
	if broken {
		b.items = append(b.items, Item{Kind: StreamBroken})
	}
}

// Drain gives all items and leaves the inbox empty.
func (b *Inbox) Drain() (items []Item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	items, b.items, b.bytes = b.items, nil, 0
	return items
}
