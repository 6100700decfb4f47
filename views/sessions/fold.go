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

// Item is one entry of the conversation: the latest state of all events about the same message, tool call or question.
type Item struct {
	// Key is the same for every event of the entry; the element's id is ItemID of it.
	Key   string
	Type  event.Type
	Seq   int64
	At    time.Time
	Actor event.Actor
	// AnsweredBy is who answered the approval or question of a call.
	AnsweredBy event.Actor
	// Exactly one of these is set, by Type; a call that waits or waited for an answer has its Ask, too.
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
	Alarm  *event.Alarm
	Pushed *event.Pushed
	Pull   *event.Pull
	// Checkpoint and Restored are set for manual checkpoints, restores and forks.
	Checkpoint *event.Checkpoint
	Restored   *event.Restored
	Raw        *event.Raw
	// Growing is true while the text is not complete.
	Growing bool
	// Before is the key of the item that follows this one, because a text can end after the calls that came later. Empty is the end.
	Before string
}

// ItemID is the id of an item's element.
func ItemID(key string) string { return "item-" + key }

// Key identifies the entry that an event belongs to; it is empty if the conversation does not show the event.
func Key(e event.Event) string {
	seq := strconv.FormatInt(e.Seq, 10)
	switch e.Type {
	case event.SessionNote:
		return itemKey("note-", event.Decode[event.Note](e).MessageID, seq)
	case event.AgentMessage, event.AgentReasoning, event.AgentCompaction:
		return itemKey("part-", event.Decode[event.Text](e).PartID, seq)
	case event.AgentTool:
		t := event.Decode[event.Tool](e)
		return itemKey("tool-", t.PartID+t.CallID, seq)
	case event.AgentPermission, event.AgentQuestion:
		return itemKey("ask-", event.Decode[event.Ask](e).AskID, seq)
	case event.SessionCreated, event.SessionUsage, event.AgentUsage:
		return ""
	case event.SessionCheckpoint:
		if event.Decode[event.Checkpoint](e).Cause != string(session.Manual) {
			return "" // the tab lists them
		}
	case event.AgentEgress:
		if event.Decode[event.Egress](e).Refused == "" {
			return "" // allowed connections are shown in the log only
		}
	case event.AgentPatch:
		if len(event.Decode[event.Patch](e).Files) == 0 {
			return ""
		}
	}
	return "event-" + seq
}

// itemKey makes a key from an external id, safe in an id attribute and a selector; without an id each event has its own key.
func itemKey(prefix, id, seq string) string {
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

// Fold builds the conversation from a session's log: one item for each entry, where it started, in its current state.
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
	case event.SessionPushed:
		it.Pushed = decode[event.Pushed](e)
	case event.SessionPull:
		it.Pull = decode[event.Pull](e)
	case event.SessionAlarm:
		it.Alarm = decode[event.Alarm](e)
	case event.SessionCheckpoint:
		it.Checkpoint = decode[event.Checkpoint](e)
	case event.SessionRestored, event.SessionForked:
		it.Restored = decode[event.Restored](e)
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

// Growing returns items for texts that are not complete yet; they follow the conversation until their event arrives.
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
		items = append(items, Item{Key: itemKey("grow-", p.ID, p.MessageID), Type: t, Growing: true,
			Text: &event.Text{MessageID: p.MessageID, PartID: p.ID, Text: p.Text, Agent: of.Agent, Model: of.Model}})
	}
	return items
}
