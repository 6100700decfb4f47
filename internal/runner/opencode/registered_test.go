package opencode

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// modelCall is what a request to the model server holds of the agent.
type modelCall struct {
	Model       string   `json:"model"`
	Temperature *float64 `json:"temperature"`
	Messages    []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
	Tools []struct {
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	} `json:"tools"`
}

func (c modelCall) system() string {
	var all strings.Builder
	for _, m := range c.Messages {
		if m.Role == "system" {
			all.Write(m.Content)
		}
	}
	return all.String()
}

func (c modelCall) tools() (names []string) {
	for _, t := range c.Tools {
		names = append(names, t.Function.Name)
	}
	return names
}

func callsSince(t *testing.T, h *house, n int) (calls []modelCall) {
	t.Helper()
	for _, r := range h.model.Requests()[n:] {
		var c modelCall
		if err := json.Unmarshal(r.Body, &c); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, c)
	}
	return calls
}

// TestARegisteredAgentReachesTheModel looks at the model server: prompt, model, temperature and tools are those of the agent's version.
func TestARegisteredAgentReachesTheModel(t *testing.T) {
	t.Parallel()
	heavy(t)
	h := ownRunner(t, nil)
	d := newDesk(t, h, "")
	warm := 0.25
	d.job.Spec = &agent.Spec{Prompt: "You are the careful reviewer of ACME.", Temperature: &warm, Permissions: []agent.Rule{{Permission: "edit", Pattern: "*", Action: agent.Deny}, {Permission: "task", Pattern: "*", Action: agent.Deny}}}
	d.job.Messages = []session.Message{message(script(`{"text":"done"}`))}
	d.start(t).end(t, runner.Done)
	first := callsSince(t, h, 0)[0]
	_, model, _ := strings.Cut(d.job.Model, "/")
	if !strings.Contains(first.system(), "You are the careful reviewer of ACME.") || first.Model != model {
		t.Errorf("model %s got %.300s", first.Model, first.system())
	}
	if first.Temperature == nil || *first.Temperature != warm {
		t.Errorf("the temperature is %v", first.Temperature)
	}
	for _, denied := range []string{"edit", "write", "task"} {
		if slices.Contains(first.tools(), denied) {
			t.Errorf("the model can call %s: %v", denied, first.tools())
		}
	}
	if !slices.Contains(first.tools(), "read") || !slices.Contains(first.tools(), "bash") {
		t.Errorf("tools %v", first.tools())
	}
}

// TestAProfileHoldsForSubAgents lets a sub-agent try what the profile forbids.
func TestAProfileHoldsForSubAgents(t *testing.T) {
	t.Parallel()
	heavy(t)
	h := ownRunner(t, nil)
	d := newDesk(t, h, "")
	d.job.Spec = &agent.Spec{Permissions: []agent.Rule{{Permission: "bash", Pattern: "*", Action: agent.Deny}, {Permission: "bash", Pattern: "git status *", Action: agent.Allow},
		{Permission: "edit", Pattern: "*", Action: agent.Deny}}}
	inner := script(`{"tools":[{"name":"bash","args":{"command":"touch escaped","description":"d"}}]}`, `{"tools":[{"name":"write","args":{"filePath":"`+filepath.Join(d.job.Dir, "written")+`","content":"x"}}]}`, `{"text":"tried"}`)
	quoted, _ := json.Marshal(inner)
	d.job.Messages = []session.Message{message(script(
		`{"tools":[{"name":"bash","args":{"command":"touch outside","description":"d"}}]}`,
		`{"tools":[{"name":"task","args":{"description":"try it","prompt":`+string(quoted)+`,"subagent_type":"general"}}]}`,
		`{"text":"done"}`))}
	d.start(t).end(t, runner.Done)
	for _, name := range []string{"escaped", "written", "outside"} {
		if _, err := os.Stat(filepath.Join(d.job.Dir, name)); err == nil {
			t.Errorf("%s was made", name)
		}
	}
	if len(d.asks) > 0 {
		t.Errorf("what is denied was asked: %+v", d.asks)
	}
	tried := false
	for _, c := range callsSince(t, h, 0) {
		tried = tried || strings.Contains(string(must(json.Marshal(c.Messages))), "touch escaped")
	}
	if !tried {
		t.Error("the sub-agent never tried")
	}
}

func must[T any](v T, _ error) T { return v }
