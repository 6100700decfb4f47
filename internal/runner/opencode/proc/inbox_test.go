package proc

import (
	"encoding/json"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// bulky is an event of a megabyte.
var bulky = Item{Of: "ses_a", Event: wire.Event{Payload: wire.Payload{Properties: make(json.RawMessage, 1<<20)}}}

func TestAFullInboxCountsAsABrokenStream(t *testing.T) {
	t.Parallel()
	b := NewInbox()
	for range 40 {
		b.Push(bulky)
	}
	held, gap := 0, false
	for _, i := range b.Drain() {
		held += len(i.Event.Payload.Properties)
		gap = gap || i.Kind == EventsDropped
	}
	if held > maxInbox || !gap {
		t.Errorf("the inbox holds %d bytes, a gap is reported: %v", held, gap)
	}
	b.Push(bulky)
	if items := b.Drain(); len(items) != 1 || items[0].Kind != EventArrived {
		t.Errorf("an emptied inbox holds %d items", len(items))
	}
}

func TestAFullInboxKeepsTheEndOfTheProcessAndOfTheStream(t *testing.T) {
	t.Parallel()
	b := NewInbox()
	b.Push(Item{Kind: ProcessLost})
	b.Push(Item{Kind: StreamBroken})
	for range 40 {
		b.Push(bulky)
	}
	var kinds []Kind
	for _, i := range b.Drain() {
		if i.Kind != EventArrived {
			kinds = append(kinds, i.Kind)
		}
	}
	if len(kinds) != 3 || kinds[0] != ProcessLost || kinds[1] != EventsDropped || kinds[2] != StreamBroken {
		t.Errorf("kept: %v", kinds)
	}
}
