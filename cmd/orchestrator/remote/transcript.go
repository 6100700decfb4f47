package remote

import (
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// transcript prints events as a person reads them in a terminal. Everything from agents is made harmless.
type transcript struct {
	*shell
	palette
}

// outputLines is how many lines of a tool's output are printed. All of it is in the console.
const outputLines = 12

// print prints one event, or nothing if it says nothing to a person.
func (t *transcript) print(e client.Event) {
	switch event.Type(e.Type) {
	case event.SessionState:
		t.state(dataOf[event.State](e))
	case event.SessionNote:
		t.line(t.bold(orDash(safe(e.Actor.Name))+": ") + indent(safeLines(dataOf[event.Note](e).Text)))
	case event.AgentMessage:
		t.line(safeLines(dataOf[event.Text](e).Text))
	case event.AgentReasoning:
		t.line(t.dim(safeLines(dataOf[event.Text](e).Text)))
	case event.AgentTool:
		t.tool(dataOf[event.Tool](e))
	case event.AgentPatch:
		t.line(t.dim("changed " + safe(strings.Join(dataOf[event.Patch](e).Files, ", "))))
	case event.AgentPermission, event.AgentQuestion:
		t.reply(e)
	case event.SessionChecks:
		t.checks(dataOf[event.Checks](e))
	default:
		t.trouble(e)
	}
}

// trouble prints what went wrong, or could.
func (t *transcript) trouble(e client.Event) {
	switch event.Type(e.Type) {
	case event.AgentError:
		t.line(t.red("Error: " + safeLines(dataOf[event.Error](e).Message)))
	case event.AgentRetry:
		t.line(t.yellow("The model provider rejected a request, which is sent again: " + safe(dataOf[event.Retry](e).Message)))
	case event.SessionAlarm:
		t.line(t.red(safeLines(dataOf[event.Alarm](e).Message)))
	}
}

func (t *transcript) line(s string) {
	if strings.TrimSpace(s) != "" {
		fmt.Fprintln(t.Out, strings.TrimRight(s, "\n"))
	}
}

func (t *transcript) state(v event.State) {
	words := "— " + session.Status(v.To).Word()
	if v.Message != "" {
		words += ": " + safe(v.Message)
	}
	switch session.Status(v.To) {
	case session.Completed:
		t.line(t.green(words))
	case session.Failed, session.Timeout, session.Orphaned:
		t.line(t.red(words))
	default:
		t.line(t.bold(words))
	}
}

// tool prints a finished tool call with the beginning of its output.
func (t *transcript) tool(v event.Tool) {
	if v.Status != "completed" && v.Status != "error" {
		return
	}
	head := "• " + safe(v.Tool)
	if title := toolTitle(v); title != "" {
		head += "  " + indent(safeLines(title))
	}
	if v.Exit != nil && *v.Exit != 0 {
		head += t.red(fmt.Sprintf("  exit %d", *v.Exit))
	}
	t.line(head)
	if v.Error != "" {
		t.line(t.red("  " + indent(safeLines(v.Error))))
	}
	t.output(v.Output)
}

// toolTitle is the command of a shell, else the tool's own title.
func toolTitle(v event.Tool) string {
	if command := session.Subject(nil, v.Input); v.Tool == "bash" && command != "" {
		return command
	}
	return v.Title
}

func (t *transcript) output(all string) {
	lines := strings.Split(strings.TrimSpace(all), "\n")
	for i, line := range lines {
		if i == outputLines {
			t.line(t.dim(fmt.Sprintf("  … %s more", count(int64(len(lines)-i), "line"))))
			return
		}
		t.line(t.dim("  " + safe(line)))
	}
}

// reply prints how an approval or a question was answered.
func (t *transcript) reply(e client.Event) {
	words := map[string]string{"once": "allowed once", "always": "allowed for this session", "reject": "denied", "answered": "answered"}
	if word := words[dataOf[event.Ask](e).Reply]; word != "" {
		t.line(t.dim("  " + word + " by " + orDash(safe(e.Actor.Name))))
	}
}

func (t *transcript) checks(v event.Checks) {
	words := fmt.Sprintf("Checks: %s passed, %s failed", text.Count(int64(v.Passed)), text.Count(int64(v.Failed)))
	if v.Failed > 0 {
		t.line(t.red(words))
		return
	}
	t.line(t.green(words))
}
