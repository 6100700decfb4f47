package loop

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Evidence says why a session was stopped: which sign, how often, in which turns, and what these cost.
type Evidence struct {
	Sign Sign `json:"sign"`
	// Count is how many of it there were, Limit how many stop a session. For CostRate both are micro-dollars.
	Count int64 `json:"count"`
	Limit int64 `json:"limit"`
	// Family is true if the count is that of a parent with its children; Sessions are those that are stopped.
	Family   bool     `json:"family"`
	Sessions []string `json:"sessions"`
	// Session and Conversation are where the last repeat was.
	Session      string `json:"session"`
	Conversation string `json:"conversation"`
	// What is the repeated call, Text the repeated answer or error.
	What   string `json:"what,omitempty"`
	Text   string `json:"text,omitempty"`
	Failed bool   `json:"failed"`
	Signs  []Seen `json:"signs"`
	Turns  []Ref  `json:"turns"`

	Since time.Time `json:"since"`
	At    time.Time `json:"at"`
	// Tokens and Cost are those of the repeats, the totals those of the session.
	Tokens      int64 `json:"tokens"`
	TotalTokens int64 `json:"total_tokens"`
	Cost        int64 `json:"cost_microusd"`
	TotalCost   int64 `json:"total_cost_microusd"`
	// Still is how long no file has changed.
	Still time.Duration `json:"still_ns"`
}

// Reply is what a person did about a stopped session.
type Reply string

// The answers: a message was sent, the session was resumed as it was, or it was ended.
const (
	Told    Reply = "told"
	Resumed Reply = "resumed"
	Ended   Reply = "ended"
)

// Stop is one time that a session was stopped.
type Stop struct {
	// N counts the stops of the session from 1.
	N        int
	At       time.Time
	Attempt  int
	Evidence Evidence
	// Reply is empty until a person has answered.
	Reply              Reply
	RepliedBy, Replier string // id and name
	RepliedAt          *time.Time
	// Session, Title and Status are those of the session, in lists of a team.
	Session, Title, Status string
}

// CanResumeAsItIs reports whether the newest of a session's stops, newest first, can be answered without a message. After it was
// resumed like that once and stopped again, it cannot.
func CanResumeAsItIs(stops []Stop) bool { return len(stops) < 2 || stops[1].Reply != Resumed }

// Seen is a sign that was there, with its number. A sign that never stops a session alone has no limit.
type Seen struct {
	Sign  Sign          `json:"sign"`
	Count int64         `json:"count,omitempty"`
	Limit int64         `json:"limit,omitempty"`
	For   time.Duration `json:"for_ns,omitempty"`
}

// signs lists the sign that stopped the session first, then what supports it.
func (e Evidence) signs(moved time.Time) []Seen {
	all := []Seen{{Sign: e.Sign, Count: e.Count, Limit: e.Limit}}
	if e.Failed && e.Sign == SameCall {
		all = append(all, Seen{Sign: SameError, Count: e.Count, Limit: e.Limit})
	}
	if !moved.After(e.Since) {
		all = append(all, Seen{Sign: UnmovedDiff, For: e.Still})
	}
	return all
}

// Title says what a sign is, for a list of signs.
func (s Sign) Title() string {
	switch s {
	case SameCall:
		return "The same call, same arguments"
	case LikeCall:
		return "The same call, only numbers differ"
	case SameError:
		return "The same error, word for word"
	case NoAnswer:
		return "Empty answers of the model"
	case SameAnswer:
		return "The same answer, word for word"
	case Unasked:
		return "Answers to no new message"
	case Compactions:
		return "Compaction after compaction"
	case CallRate:
		return "Model calls in a minute"
	case CostRate:
		return "Cost in a minute"
	case UnmovedDiff:
		return "No change in the files"
	}
	return string(s)
}

// Sentence says in one sentence why the session was stopped.
func (e Evidence) Sentence() string {
	n, who := text.Count(e.Count)+" times", ""
	if e.Family {
		who = " by this session and its children together"
	}
	switch e.Sign {
	case SameCall:
		if e.Failed {
			return "The same call failed " + n + " with the same error" + who + ": " + clause(e.What)
		}
		return "The same call was made " + n + " with the same result" + who + ": " + clause(e.What)
	case LikeCall:
		return "The same call was made " + n + who + ", and only numbers in its result differed: " + clause(e.What)
	case SameError:
		return "Calls of the same tool failed " + n + " with the same error" + who + ": " + clause(e.Text)
	case NoAnswer:
		return "The model answered " + n + " with neither text nor a tool call" + who + "."
	case SameAnswer:
		return "The model gave the same answer " + n + who + "."
	case Unasked:
		return "The model answered " + n + " in a row without a tool call or a new message" + who + "."
	case Compactions:
		return "The conversation was compacted " + n + " with no new tool call in between. The model's context may be too small."
	case CallRate:
		return text.Count(e.Count) + " model calls were made within a minute" + who + " (limit " + text.Count(e.Limit) + ")."
	case CostRate:
		return "Model calls cost " + text.Money(e.Count) + " within a minute" + who + " (limit " + text.Money(e.Limit) + ")."
	}
	return "The agent repeated itself."
}

// clause ends a sentence with a text, shortened.
func clause(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// mostBrief bounds a text in evidence.
const mostBrief = 300

// brief is a text on one line, bounded.
func brief(s string) string {
	s = strings.ToValidUTF8(oneLine(s), "�")
	if utf8.RuneCountInString(s) <= mostBrief {
		return s
	}
	return string([]rune(s)[:mostBrief]) + "…"
}

// subject is what a call is about: its command, file or pattern, else its arguments.
func subject(raw string) string {
	var in map[string]any
	if json.Unmarshal([]byte(raw), &in) != nil {
		return raw
	}
	for _, name := range []string{"command", "filePath", "path", "pattern", "url", "prompt"} {
		if s, ok := in[name].(string); ok && s != "" {
			return s
		}
	}
	if len(in) == 0 {
		return ""
	}
	return args(raw)
}
