package turn

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// stamp is a time that OpenCode gives in milliseconds; zero when it gives none.
func stamp(ms float64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms)).UTC()
}

func raw(sourceType string, payload json.RawMessage) event.Raw {
	return event.Raw{SourceType: text.Clean(sourceType), Payload: cleanJSON(payload)}
}

// errorEvent is a failure in the session's events. Words that mean nothing to people are folded away as the raw text.
func errorEvent(f wire.Failure) event.Error {
	e := event.Error{Name: text.Clean(f.Name), Message: whole(f.Data.Message), Status: int(f.Data.StatusCode), Raw: whole(rawOf(f))}
	if f.Data.Message == e.Raw && e.Raw != "" {
		e.Message = reasonOf(f).Message
	}
	return e
}

// textEvent is a finished text.
func textEvent(p wire.Part, m wire.Message, child string) event.Text {
	x := event.Text{MessageID: p.MessageID, PartID: p.ID, Text: text.Clean(p.Text), Agent: text.Clean(m.Agent), Child: child}
	if m.ModelID != "" {
		x.Model = text.Clean(m.ProviderID + "/" + m.ModelID)
	}
	if p.Time != nil {
		x.DurationMS = max(0, p.Time.End-p.Time.Start)
	}
	return x
}

func usageEvent(p wire.Part) event.Usage {
	u := event.Usage{MessageID: p.MessageID, CostMicro: int64(math.Round(p.Cost * 1e6))}
	if k := p.Tokens; k != nil {
		u.Input, u.Output, u.Reasoning = int64(k.Input), int64(k.Output), int64(k.Reasoning)
		u.CacheRead, u.CacheWrite = int64(k.Cache.Read), int64(k.Cache.Write)
	}
	return u
}

func patchEvent(p wire.Part) event.Patch {
	x := event.Patch{Hash: text.Clean(p.Hash), Files: []string{}}
	for _, f := range p.Files {
		x.Files = append(x.Files, text.Clean(f))
	}
	return x
}

// toolMetadata is what some tools report besides their output.
type toolMetadata struct {
	Output string `json:"output"`
	Exit   *int   `json:"exit"`
	Diff   string `json:"diff"`
}

func metadataOf(s *wire.ToolState) (m toolMetadata) {
	_ = json.Unmarshal(s.Metadata, &m) // each tool has its own; another form is not for us
	return m
}

func toolEvent(p wire.Part, child string) event.Tool {
	s, meta := p.State, metadataOf(p.State)
	x := event.Tool{MessageID: p.MessageID, PartID: p.ID, CallID: text.Clean(p.CallID), Tool: text.Clean(p.Tool), Status: s.Status,
		Title: text.Clean(s.Title), Input: cleanJSON(s.Input), Error: whole(s.Error), Child: child}
	if s.Status == "completed" || s.Status == "error" {
		x.Output, x.Truncated = text.Ends(s.Output, maxText)
		x.OutputSize, x.Exit, x.Diff = int64(len(s.Output)), meta.Exit, whole(meta.Diff)
	}
	if s.Time != nil && s.Time.End > 0 {
		x.DurationMS = max(0, s.Time.End-s.Time.Start)
	}
	return x
}

// todosOf is the list that a call of todowrite set.
func todosOf(p wire.Part) (items []event.TodoItem, ok bool) {
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
		items = append(items, event.TodoItem{Content: text.Clean(i.Content), Status: text.Clean(i.Status), Priority: text.Clean(i.Priority)})
	}
	return items, true
}

// isRefusedByPerson reports whether a call ended because a person refused it.
func isRefusedByPerson(p wire.Part) bool {
	return p.State.Status == "error" &&
		(strings.HasPrefix(p.State.Error, "The user rejected permission") || strings.HasPrefix(p.State.Error, "The user dismissed this question"))
}

// aborted is the status of a call that ended with its run; OpenCode calls it an error.
const aborted = "aborted"

// wasAborted reports whether a call ended because its run was aborted.
func wasAborted(p wire.Part) bool {
	return p.State.Status == "error" && strings.HasPrefix(p.State.Error, "Tool execution aborted")
}

// doingOf is one line about a running call.
func doingOf(p wire.Part) string {
	var in struct {
		Command     string `json:"command"`
		FilePath    string `json:"filePath"`
		Pattern     string `json:"pattern"`
		Description string `json:"description"`
	}
	_ = json.Unmarshal(p.State.Input, &in) // a tool with other fields is shown by its name
	for _, what := range []string{in.Command, in.FilePath, in.Pattern, in.Description} {
		if what != "" {
			return line(p.Tool+": "+what, 160)
		}
	}
	return line(p.Tool, 160)
}
