package sessions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/views/prose"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// argKeys are the inputs that describe a call best, in order of preference.
var argKeys = []string{"command", "filePath", "file_path", "path", "pattern", "url", "query", "description", "name", "subagent_type"}

// argument describes a call on one line: its command, file, pattern or URL.
func argument(t event.Tool) string {
	var in map[string]any
	_ = json.Unmarshal(t.Input, &in)
	for _, k := range argKeys {
		if s, ok := in[k].(string); ok && strings.TrimSpace(s) != "" {
			return oneLine(s)
		}
	}
	if asked, err := json.Marshal(in["questions"]); err == nil {
		if qs := questions(asked); len(qs) > 0 {
			return oneLine(qs[0].Question)
		}
	}
	if t.Title != "" {
		return oneLine(t.Title)
	}
	if len(in) > 0 {
		return oneLine(string(t.Input))
	}
	return ""
}

// oneLine is the start of s on one line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(text.Cut(s, 400)), " ")
	return strings.ToValidUTF8(s, "�")
}

// full is a call's input if it does not fit on one line; otherwise it is empty.
func full(t event.Tool) string {
	var in map[string]any
	if json.Unmarshal(t.Input, &in) != nil {
		return ""
	}
	if c, ok := in["command"].(string); ok && strings.Contains(c, "\n") {
		return c
	}
	if _, ok := in["command"]; ok || t.Diff != "" || len(in) < 2 {
		return ""
	}
	var b bytes.Buffer
	_ = json.Indent(&b, t.Input, "", "  ")
	return b.String()
}

// open reports whether a call is shown expanded: while it runs, and when it failed.
func open(t event.Tool) bool { return t.Status == "running" || failed(t) }

func failed(t event.Tool) bool { return t.Status == "error" || t.Exit != nil && *t.Exit != 0 }

// fact is the result of a call: exit 0, 11.4 s.
func fact(t event.Tool) string {
	var parts []string
	switch {
	case t.Status == "pending":
		parts = append(parts, "waiting")
	case t.Status == "running":
		parts = append(parts, "running")
	case t.Exit != nil:
		parts = append(parts, fmt.Sprintf("exit %d", *t.Exit))
	case t.Status == "error":
		parts = append(parts, "failed")
	case t.Output != "" && t.Diff == "":
		parts = append(parts, ui.Plural(int64(strings.Count(strings.TrimSuffix(t.Output, "\n"), "\n")+1), "line"))
	}
	if t.DurationMS > 0 {
		parts = append(parts, ui.Span(time.Duration(t.DurationMS)*time.Millisecond))
	}
	return strings.Join(parts, ", ")
}

// printed is a call's output, ready to show.
type printed struct {
	head, tail string
	cut        bool
	size       int64
}

func output(t event.Tool) printed {
	text := t.Output
	if text == "" {
		text = t.Error
	}
	p := printed{size: max(t.OutputSize, int64(len(text)))}
	p.head, p.tail, p.cut = prose.Shorten(text)
	p.cut = p.cut || t.Truncated
	p.head = prose.Terminal(strings.TrimRight(p.head, "\n"))
	if p.tail != "" {
		p.tail = prose.Terminal(strings.TrimRight(p.tail, "\n"))
	}
	return p
}

func (p printed) empty() bool { return p.head == "" && !p.cut }

// base is the last part of a path, for headings.
func base(file string) string { return path.Base(file) }
