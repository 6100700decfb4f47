package sessions

import (
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

// Thread folds a log event by event, as a stream sees it: after the same events it has answered what Fold makes of them.
// It remembers of each thing only what later events of it may leave out.
type Thread struct {
	known map[string]Item
	// message is the agent's message that goes on now, tail its parts in their order.
	message string
	tail    []place
}

// place is where a part of a message stands: the agent numbers them in their order.
type place struct{ key, part string }

// Add answers the item an event is about, as it stands now; again says that the item was there before. An item without a key is
// one the conversation does not show.
func (t *Thread) Add(e event.Event) (it Item, again bool) {
	key := Key(e)
	if key == "" {
		return it, false
	}
	it = itemOf(key, e)
	old, again := t.known[key]
	if again {
		it = merge(old, it)
	}
	if t.known == nil {
		t.known = map[string]Item{}
	}
	if !again {
		it.Before = t.put(it)
	}
	t.known[key] = remembered(it)
	return it, again
}

// put finds the place of a new item in its message, whose parts end in another order than they began in. It answers the item to
// stand before; empty is the end. What is said about a message comes between its parts and moves none.
func (t *Thread) put(it Item) (before string) {
	if it.Ask != nil || it.Todo != nil || it.Patch != nil || it.Retry != nil || it.Egress != nil {
		return ""
	}
	message, part := partOf(it)
	if message == "" || message != t.message {
		t.message, t.tail = message, nil
	}
	i := len(t.tail)
	for i > 0 && t.tail[i-1].part > part {
		i--
	}
	if i < len(t.tail) {
		before = t.tail[i].key
	}
	t.tail = slices.Insert(t.tail, i, place{it.Key, part})
	return before
}

func partOf(it Item) (message, part string) {
	switch {
	case it.Text != nil:
		return it.Text.MessageID, it.Text.PartID
	case it.Tool != nil:
		return it.Tool.MessageID, it.Tool.PartID
	}
	return "", ""
}

// remembered is what of an item a later event may leave out.
func remembered(it Item) Item {
	kept := Item{Key: it.Key, Type: it.Type, At: it.At, Actor: it.Actor, Ask: it.Ask}
	if it.Tool != nil && it.Tool.Status != "completed" && it.Tool.Status != "error" {
		kept.Tool = &event.Tool{Input: it.Tool.Input}
	}
	return kept
}

// merge is the newer form of an item: it stands where and when it began, and a later event of a call may leave out what an
// earlier one said. Of an ask it is the later actor who counts: who answered.
func merge(old, now Item) Item {
	now.At = old.At
	if now.Ask == nil {
		now.Actor = old.Actor
	}
	if old.Tool != nil && now.Tool != nil && len(now.Tool.Input) == 0 {
		now.Tool.Input = old.Tool.Input
	}
	if old.Ask != nil && now.Ask != nil {
		now.Ask = mergeAsk(*old.Ask, *now.Ask)
		now.Type = old.Type
	}
	return now
}

func mergeAsk(old, now event.Ask) *event.Ask {
	if now.Permission == "" {
		now.Permission = old.Permission
	}
	if len(now.Patterns) == 0 {
		now.Patterns = old.Patterns
	}
	if len(now.Questions) == 0 {
		now.Questions = old.Questions
	}
	return &now
}
