package session

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Filter selects the sessions in a list, newest first. Before and After are keyset cursors (IDs); Limit 0 means 50.
type Filter struct {
	Statuses      []Status
	Query         string
	NeedsYou      bool
	Parent        ID
	Agent         agent.ID // of the registry
	Before, After ID
	EndedSince    time.Time
	Limit         int
}

// The longest query: what a person types. Each word costs a database several steps.
const (
	maxQueryWords = 20
	maxQueryRunes = 200
)

// CheckQuery refuses a query with more words or characters than a search looks for.
func (f Filter) CheckQuery() error {
	isGap := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }
	words, runes := len(strings.FieldsFunc(f.Query, isGap)), utf8.RuneCountInString(f.Query)
	if words > maxQueryWords || runes > maxQueryRunes {
		return fault.Field("q", "Search for at most %d words and %d characters (you entered %d words and %d characters).", maxQueryWords, maxQueryRunes, words, runes)
	}
	return nil
}

// Page is one page of a list. Rows have no prompt, description or metadata.
type Page struct {
	Items []Session
	More  bool
}

// Change is one entry in a team's change log. The list's live stream resumes from N.
type Change struct {
	N       int64
	Session ID
	Kind    string
	At      time.Time
}

// OpenAsk is an unanswered ask with its session. An Ask of the kind LoopStop has only a kind, an ID and a time: its session was paused
// because it repeated itself, and waits until a person says how it should continue.
type OpenAsk struct {
	Ask     Ask
	Session Session
}

// PendingReply is an answer that the agent has not received yet.
type PendingReply struct {
	Ask     Ask
	Answers json.RawMessage
}

// Part is an unfinished text; its finished form is an event. Kind is text, reasoning or tool.
type Part struct {
	ID, MessageID, Kind, Text string
}

// Queue is the position of a queued session (1 is next) and the reason it waits; zero if it is not queued.
type Queue struct {
	Position int64  `json:"position"`
	Reason   string `json:"reason"`
}

// Patch is a session's diff as a text for git apply.
type Patch struct {
	Text      []byte
	Truncated bool
	TakenAt   time.Time
}
