package sessions

import (
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

// Thread folds a log event by event, as a stream receives it: for the same events it returns the same items as Fold.
// It keeps only those parts of an item that later events may omit.
type Thread struct {
	items map[string]Item
	// calls are the entries of tool calls by call id, and joined the calls' entries by the key of the ask that they wait for.
	calls, joined map[string]string
	// message is the agent's current message, tail its parts in their order.
	message string
	tail    []place
}

// place is the position of a part in a message: the agent numbers the parts in their order.
type place struct{ key, part string }

// Add returns the current state of the item that an event belongs to; again is true if the item existed before. The
// conversation does not show an item without a key.
func (t *Thread) Add(e event.Event) (it Item, again bool) {
	key := Key(e)
	if key == "" {
		return it, false
	}
	it = itemOf(key, e)
	t.join(&it)
	old, again := t.items[it.Key]
	if again {
		it = mergeItem(old, it)
	}
	if t.items == nil {
		t.items = map[string]Item{}
	}
	if !again {
		it.Before = t.put(it)
	}
	t.items[it.Key] = carried(it)
	return it, again
}

// join shows an approval or a question at the call that waits for it: one call is one entry. An ask whose call is not shown, or has
// ended, keeps an entry of its own.
func (t *Thread) join(it *Item) {
	if t.calls == nil {
		t.calls, t.joined = map[string]string{}, map[string]string{}
	}
	switch {
	case it.Tool != nil && it.Tool.CallID != "":
		t.calls[it.Tool.CallID] = it.Key
	case it.Ask != nil:
		if call := t.calls[it.Ask.CallID]; it.Ask.CallID != "" && t.items[call].Tool != nil {
			t.joined[it.Key] = call
		}
		if call := t.joined[it.Key]; call != "" {
			it.Key = call
		}
	}
}

// put finds the position of a new item in its message, whose parts can end in another order than they started. It returns the item to
// insert it before; empty is the end. Items about a message come between its parts and move none.
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

// carried is the part of an item that a later event may omit.
func carried(it Item) Item {
	kept := Item{Key: it.Key, Type: it.Type, At: it.At, Actor: it.Actor, Ask: it.Ask, AnsweredBy: it.AnsweredBy}
	if it.Tool != nil && (!ended(*it.Tool) || isOpen(it)) {
		kept.Tool = it.Tool
	}
	return kept
}

// mergeItem returns the new state of an item: it keeps its place and time, and the values that a later event omits. The actor of an
// approval or question is the one who answered.
func mergeItem(old, now Item) Item {
	now.At = old.At
	if now.Ask == nil {
		now.Actor, now.Ask, now.AnsweredBy = old.Actor, old.Ask, old.AnsweredBy
		if now.Tool == nil {
			now.Ask = nil
		}
	} else if old.Tool != nil {
		return mergeJoined(old, now)
	}
	if old.Tool != nil && now.Tool != nil && len(now.Tool.Input) == 0 {
		now.Tool.Input = old.Tool.Input
	}
	if old.Ask != nil && now.Ask != nil && now.Tool == nil {
		now.Ask = mergeAsk(*old.Ask, *now.Ask)
		now.Type = old.Type
	}
	return now
}

// mergeJoined is a call with the news about its ask.
func mergeJoined(call, now Item) Item {
	ask := now.Ask
	if call.Ask != nil {
		ask = mergeAsk(*call.Ask, *now.Ask)
	}
	call.Ask, call.AnsweredBy, call.Seq = ask, now.Actor, now.Seq
	return call
}

func ended(t event.Tool) bool { return t.Status == "completed" || t.Status == "error" }

// isOpen reports whether an entry waits for a person.
func isOpen(it Item) bool {
	return it.Ask != nil && it.Ask.Status == "asked" && (it.Tool == nil || !ended(*it.Tool))
}

func mergeAsk(old, now event.Ask) *event.Ask {
	if now.Permission == "" {
		now.Permission = old.Permission
	}
	if len(now.Patterns) == 0 {
		now.Patterns = old.Patterns
	}
	if len(now.Metadata) == 0 {
		now.Metadata = old.Metadata
	}
	if len(now.Questions) == 0 {
		now.Questions = old.Questions
	}
	return &now
}
