package sessions

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Item is one entry of the conversation: the newest form of everything the log says about one thing.
type Item struct {
	// Key is the same for every event about the thing; the element's id is ItemID of it.
	Key   string
	Type  event.Type
	Seq   int64
	At    time.Time
	Actor event.Actor
	// Exactly the one that belongs to Type is set.
	Note   *event.Note
	Text   *event.Text
	Tool   *event.Tool
	Patch  *event.Patch
	Todo   *event.Todo
	Ask    *event.Ask
	State  *event.State
	Retry  *event.Retry
	Error  *event.Error
	Checks *event.Checks
	Egress *event.Egress
	Raw    *event.Raw
	// Growing says that the text is not whole yet.
	Growing bool
	// Before is the key of the item this one stands before: a text may end after the calls that came behind it. Empty is the end.
	Before string
}

// ItemID is the id of an item's element.
func ItemID(key string) string { return "item-" + key }

// Key names the thing an event is about; empty when the conversation does not show it.
func Key(e event.Event) string {
	seq := strconv.FormatInt(e.Seq, 10)
	switch e.Type {
	case event.SessionNote:
		return known("note-", event.Decode[event.Note](e).MessageID, seq)
	case event.AgentMessage, event.AgentReasoning, event.AgentCompaction:
		return known("part-", event.Decode[event.Text](e).PartID, seq)
	case event.AgentTool:
		t := event.Decode[event.Tool](e)
		return known("tool-", t.PartID+t.CallID, seq)
	case event.AgentPermission, event.AgentQuestion:
		return known("ask-", event.Decode[event.Ask](e).AskID, seq)
	case event.SessionCreated, event.SessionUsage, event.AgentUsage:
		return ""
	case event.AgentEgress:
		if event.Decode[event.Egress](e).Refused == "" {
			return "" // what was let through is for the log
		}
	case event.AgentPatch:
		if len(event.Decode[event.Patch](e).Files) == 0 {
			return ""
		}
	}
	return "event-" + seq
}

// known makes a key of an id from outside, safe in an id and in a selector; without an id the event stands for itself.
func known(prefix, id, seq string) string {
	if id == "" {
		return "event-" + seq
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, id)
	if plain == id && len(id) <= 80 {
		return prefix + id
	}
	sum := sha256.Sum256([]byte(id))
	return prefix + hex.EncodeToString(sum[:8])
}

// Fold makes the conversation from a session's log: one item for each thing, where it began, as it stands now.
func Fold(events []event.Event) []Item {
	var items []Item
	var t Thread
	at := map[string]int{}
	for _, e := range events {
		it, again := t.Add(e)
		switch {
		case it.Key == "":
		case again:
			items[at[it.Key]] = it
		default:
			i := len(items)
			if it.Before != "" {
				i = at[it.Before]
			}
			items = slices.Insert(items, i, it)
			for ; i < len(items); i++ {
				at[items[i].Key] = i
			}
		}
	}
	return items
}

func itemOf(key string, e event.Event) Item {
	it := Item{Key: key, Type: e.Type, Seq: e.Seq, At: e.At, Actor: e.Actor}
	switch e.Type {
	case event.SessionNote:
		it.Note = decode[event.Note](e)
	case event.AgentMessage, event.AgentReasoning, event.AgentCompaction:
		it.Text = decode[event.Text](e)
	case event.AgentTool:
		it.Tool = decode[event.Tool](e)
	case event.AgentPatch:
		it.Patch = decode[event.Patch](e)
	case event.AgentTodo:
		it.Todo = decode[event.Todo](e)
	case event.AgentPermission, event.AgentQuestion:
		it.Ask = decode[event.Ask](e)
	case event.SessionState:
		it.State = decode[event.State](e)
	case event.AgentRetry:
		it.Retry = decode[event.Retry](e)
	case event.AgentError:
		it.Error = decode[event.Error](e)
	case event.SessionChecks:
		it.Checks = decode[event.Checks](e)
	case event.AgentEgress:
		it.Egress = decode[event.Egress](e)
	default:
		raw := event.Decode[event.Raw](e)
		if raw.SourceType == "" {
			raw = event.Raw{SourceType: string(e.Type), Payload: e.Data}
		}
		it.Raw = &raw
	}
	return it
}

func decode[T any](e event.Event) *T {
	v := event.Decode[T](e)
	return &v
}

// Growing makes items of texts that are not whole yet; they stand after the conversation until their event comes.
func Growing(parts []session.Part, of session.Session) []Item {
	var items []Item
	for _, p := range parts {
		t := event.AgentMessage
		switch p.Kind {
		case "reasoning":
			t = event.AgentReasoning
		case "tool":
			continue
		}
		items = append(items, Item{Key: known("grow-", p.ID, p.MessageID), Type: t, Growing: true,
			Text: &event.Text{MessageID: p.MessageID, PartID: p.ID, Text: p.Text, Agent: of.Agent, Model: of.Model}})
	}
	return items
}
