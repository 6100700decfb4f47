package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// turns encodes a script for a prompt.
func turns(prompt string, list ...map[string]any) string {
	b, err := json.Marshal(list)
	if err != nil {
		panic(err)
	}
	return prompt + " SCRIPT:" + string(b)
}

func tool(name string, args map[string]any) []any {
	return []any{map[string]any{"name": name, "args": args}}
}

func bash(command string) []any {
	return tool("bash", map[string]any{"command": command, "description": "run " + command})
}

// mainJob edits a file, runs the tests with bash, which needs approval, and reports the result.
var mainJob = turns("Make it greet.",
	map[string]any{"reasoning": "The file says goodbye.", "text": "I change the greeting. ", "usage": map[string]int{"prompt": 5000, "completion": 70, "cached": 1200, "reasoning": 20},
		"tools": tool("write", map[string]any{"filePath": "greeting.txt", "content": "hello\n"})},
	map[string]any{"text": "Now the tests. ", "usage": map[string]int{"prompt": 5300, "completion": 41, "cached": 5000}, "tools": bash("sh test.sh")},
	map[string]any{"text": "It greets now.", "usage": map[string]int{"prompt": 5500, "completion": 9, "cached": 5200}})

func TestMainJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Greet people", mainJob, nil)
	a := m.asked(id)
	if a.Permission != "bash" {
		t.Errorf("it asks for %q", a.Permission)
	}
	if s := m.session(id); s.Status != "running" || s.WaitingFor == "" {
		t.Errorf("while it asks it is %s, waiting for %q", s.Status, s.WaitingFor)
	}
	m.reply(id, a, "once")
	s := m.becomes(id, 60*time.Second, "completed", "failed")
	if s.Status != "completed" || !strings.HasPrefix(s.Branch, "orchestrator/") {
		t.Fatalf("it is %s on %s: %s", s.Status, s.Branch, s.reason())
	}
	m.rightDiff(id)
	m.rightBill(s)
	m.rightChecks(id)
}

func (m *team) rightDiff(id string) {
	m.w.t.Helper()
	var d struct {
		Files []struct {
			Path, Status, Patch  string
			Additions, Deletions int
		}
	}
	m.get("/sessions/"+id+"/diff", &d)
	if len(d.Files) != 1 || d.Files[0].Path != "greeting.txt" || d.Files[0].Additions != 1 || d.Files[0].Deletions != 1 ||
		!strings.Contains(d.Files[0].Patch, "-goodbye\n+hello\n") {
		m.w.t.Errorf("the diff is %+v", d.Files)
	}
	var patch string
	m.get("/sessions/"+id+"/patch", &patch)
	if !strings.Contains(patch, "--- a/greeting.txt") || !strings.Contains(patch, "+hello") {
		m.w.t.Errorf("the patch is %s", patch)
	}
}

// rightBill compares the session's figures with those of the model server, call by call.
func (m *team) rightBill(s sessionJSON) {
	m.w.t.Helper()
	sent := m.w.model.Totals()
	want := [5]int64{sent.Input, sent.Output, sent.Reasoning, sent.CacheRead, sent.CacheWrite()}
	if got := [5]int64{s.Tokens.Input, s.Tokens.Output, s.Tokens.Reasoning, s.Tokens.CacheRead, s.Tokens.CacheWrite}; got != want {
		m.w.t.Errorf("the session counts %v, the model sent %v", got, want)
	}
	var cost int64
	for _, r := range m.w.model.Requests() {
		cost += price.Cost(r.Sent)
	}
	if s.CostMicroUSD != cost || cost == 0 {
		m.w.t.Errorf("it costs %d, the model's calls cost %d", s.CostMicroUSD, cost)
	}
}

func (m *team) rightChecks(id string) {
	m.w.t.Helper()
	var c struct {
		Items []struct {
			Command, Output string
			Exit            *int
			Passed          bool
		}
	}
	m.get("/sessions/"+id+"/checks", &c)
	if len(c.Items) != 1 || c.Items[0].Command != "sh test.sh" || !strings.Contains(c.Items[0].Output, "ok: it greets") {
		m.w.t.Errorf("the checks are %+v", c.Items)
	}
}
