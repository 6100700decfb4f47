package scriptmodel

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Tool is one tool call of a turn. If Raw is set, it is sent as the arguments instead of Args, even if it is not valid JSON.
type Tool struct {
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
	Raw  string          `json:"raw"`
}

func (t Tool) arguments() string {
	switch {
	case t.Raw != "":
		return t.Raw
	case len(t.Args) == 0:
		return "{}"
	}
	return string(t.Args)
}

// Usage is what a turn reports: Prompt includes Cached and both cache writes, Completion includes Reasoning.
type Usage struct {
	Prompt         int64 `json:"prompt"`
	Completion     int64 `json:"completion"`
	Cached         int64 `json:"cached"`
	Reasoning      int64 `json:"reasoning"`
	CacheWrite     int64 `json:"cache_write"`
	CacheWriteLong int64 `json:"cache_write_long"`
}

var defaultUsage = Usage{Prompt: 1000, Completion: 50, Cached: 200}

// counts are the figures that a meter must read from the report.
func (u Usage) counts() usage.Counts {
	return usage.Counts{Input: u.Prompt - u.Cached - u.CacheWrite - u.CacheWriteLong, Output: u.Completion - u.Reasoning,
		Reasoning: u.Reasoning, CacheRead: u.Cached, CacheWriteShort: u.CacheWrite, CacheWriteLong: u.CacheWriteLong}
}

// Turn is one response of the script.
type Turn struct {
	Text      string            `json:"text"`
	Reasoning string            `json:"reasoning"`
	Tools     []Tool            `json:"tools"`
	Usage     *Usage            `json:"usage"`
	UsageRaw  json.RawMessage   `json:"usage_raw"`  // sent instead of the usage object, for false reports
	NoUsage   bool              `json:"no_usage"`   // no report at all
	Finish    string            `json:"finish"`     // stop, length, tool_calls …; derived if empty
	DelayMS   int               `json:"delay_ms"`   // before the first byte
	ChunkMS   int               `json:"chunk_ms"`   // between the chunks of a stream
	Repeat    int               `json:"repeat"`     // repeats the text
	Status    int               `json:"status"`     // this HTTP status instead of a response
	Body      string            `json:"body"`       // the body that goes with Status
	Headers   map[string]string `json:"headers"`    // additional response headers
	FailTimes int               `json:"fail_times"` // number of calls of this turn that fail with Status; 0 means all
	Cut       bool              `json:"cut"`        // the connection is cut after the text
	Hang      bool              `json:"hang"`       // after the text, nothing is sent until the client disconnects
	Gate      string            `json:"gate"`       // waits until this gate is opened
	Forever   bool              `json:"forever"`    // the last turn of a script is played for all further calls
	Misbehave string            `json:"misbehave"`  // no_finish, done_only, html or json: a 200 that is no proper answer
	GateAt    string            `json:"gate_at"`    // "start" (before the first byte) or "text" (in the middle of the answer)
}

func (t Turn) usage() Usage {
	if t.Usage == nil {
		return defaultUsage
	}
	return *t.Usage
}

func (t Turn) finish() string {
	switch {
	case t.Finish != "":
		return t.Finish
	case len(t.Tools) > 0:
		return "tool_calls"
	}
	return "stop"
}

// fullText is the whole text of the turn.
func (t Turn) fullText() string { return strings.Repeat(t.Text, max(t.Repeat, 1)) }

// chunks returns the pieces in which a stream sends s: its words.
func chunks(s string, repeat int) []string {
	if s == "" {
		return nil
	}
	words := strings.SplitAfter(s, " ")
	if words[len(words)-1] == "" {
		words = words[:len(words)-1]
	}
	all := make([]string, 0, len(words)*max(repeat, 1))
	for range max(repeat, 1) {
		all = append(all, words...)
	}
	return all
}

const marker = "SCRIPT:"

// parseScript reads the turns after the marker in text; found is false if there is no marker.
func parseScript(text string) (turns []Turn, found bool, err error) {
	_, after, found := strings.Cut(text, marker)
	if !found {
		return nil, false, nil
	}
	if err := json.NewDecoder(strings.NewReader(after)).Decode(&turns); err != nil {
		return nil, true, fmt.Errorf("read script: %w", err)
	}
	return turns, true, nil
}
