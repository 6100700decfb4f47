package opencode

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// abortedError is what a message ends with when its run was aborted; who aborted is said by the session's move.
const abortedError = "MessageAbortedError"

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// stamp is a time OpenCode tells in milliseconds; zero when it tells none.
func stamp(ms float64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms)).UTC()
}

func raw(sourceType string, payload json.RawMessage) event.Raw {
	return event.Raw{SourceType: session.CleanText(sourceType), Payload: cleanJSON(payload)}
}

func (e sourceError) event() event.Error {
	return event.Error{Name: session.CleanText(e.Name), Message: whole(e.Data.Message), Status: int(e.Data.StatusCode)}
}

// isSummary says whether a message sums the conversation up.
func (m messageInfo) isSummary() bool { return m.Role == "assistant" && string(m.Summary) == "true" }

func (p part) said(m messageInfo, child string) event.Text {
	x := event.Text{MessageID: p.MessageID, PartID: p.ID, Text: session.CleanText(p.Text), Agent: session.CleanText(m.Agent), Child: child}
	if m.ModelID != "" {
		x.Model = session.CleanText(m.ProviderID + "/" + m.ModelID)
	}
	if p.Time != nil {
		x.DurationMS = max(0, p.Time.End-p.Time.Start)
	}
	return x
}

func (p part) usage() event.Usage {
	u := event.Usage{MessageID: p.MessageID, CostMicro: int64(math.Round(p.Cost * 1e6))}
	if k := p.Tokens; k != nil {
		u.Input, u.Output, u.Reasoning = int64(k.Input), int64(k.Output), int64(k.Reasoning)
		u.CacheRead, u.CacheWrite = int64(k.Cache.Read), int64(k.Cache.Write)
	}
	return u
}

func (p part) patch() event.Patch {
	x := event.Patch{Hash: session.CleanText(p.Hash), Files: []string{}}
	for _, f := range p.Files {
		x.Files = append(x.Files, session.CleanText(f))
	}
	return x
}

// toolMetadata is what some tools tell beside their output.
type toolMetadata struct {
	Output string `json:"output"`
	Exit   *int   `json:"exit"`
	Diff   string `json:"diff"`
}

func (s *toolState) metadata() (m toolMetadata) {
	_ = json.Unmarshal(s.Metadata, &m) // each tool has its own; what does not fit is not for us
	return m
}

func (p part) tool(child string) event.Tool {
	s, meta := p.State, p.State.metadata()
	x := event.Tool{MessageID: p.MessageID, PartID: p.ID, CallID: session.CleanText(p.CallID), Tool: session.CleanText(p.Tool), Status: s.Status,
		Title: session.CleanText(s.Title), Input: cleanJSON(s.Input), Error: whole(s.Error), Child: child}
	if s.Status == "completed" || s.Status == "error" {
		x.Output, x.Truncated = cut(s.Output)
		x.OutputSize, x.Exit, x.Diff = int64(len(s.Output)), meta.Exit, whole(meta.Diff)
	}
	if s.Time != nil && s.Time.End > 0 {
		x.DurationMS = max(0, s.Time.End-s.Time.Start)
	}
	return x
}

// todos is the list that a call of todowrite set.
func (p part) todos() (items []event.TodoItem, ok bool) {
	if p.Tool != "todowrite" {
		return nil, false
	}
	var in struct {
		Todos []event.TodoItem `json:"todos"`
	}
	if json.Unmarshal(p.State.Input, &in) != nil {
		return nil, false
	}
	items = []event.TodoItem{}
	for _, i := range in.Todos {
		items = append(items, event.TodoItem{Content: session.CleanText(i.Content), Status: session.CleanText(i.Status), Priority: session.CleanText(i.Priority)})
	}
	return items, true
}

// refused says whether a call ended because a person refused it.
func (p part) refused() bool {
	return p.State.Status == "error" &&
		(strings.HasPrefix(p.State.Error, "The user rejected permission") || strings.HasPrefix(p.State.Error, "The user dismissed this question"))
}

// doing is one line about a running call.
func (p part) doing() string {
	var in struct {
		Command     string `json:"command"`
		FilePath    string `json:"filePath"`
		Pattern     string `json:"pattern"`
		Description string `json:"description"`
	}
	_ = json.Unmarshal(p.State.Input, &in) // a tool with other fields is told by its name
	for _, what := range []string{in.Command, in.FilePath, in.Pattern, in.Description} {
		if what != "" {
			return line(p.Tool+": "+what, 160)
		}
	}
	return line(p.Tool, 160)
}
