package opencode

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

func TestATurnIsReportedWholeAndOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sharedRunner(t), script(
		`{"reasoning":"thinking about it","text":"I will run. ","tools":[{"name":"bash","args":{"command":"echo hi","description":"d"}}],"usage":{"prompt":3000,"completion":100,"cached":1000,"reasoning":30}}`,
		`{"tools":[{"name":"write","args":{"filePath":"a.txt","content":"hello\n"}},{"name":"todowrite","args":{"todos":[{"content":"a","status":"completed","priority":"high"}]}}]}`,
		`{"text":"All done now."}`))
	d.start(t).end(t, runner.Done)
	d.wantTexts(t, "I will run. ", "All done now.")
	d.wantOnce(t)
	if r := kinds[event.Text](d, event.AgentReasoning); len(r) != 1 || r[0].Text != "thinking about it" {
		t.Errorf("reasoning: %+v", r)
	}
	var statuses []string
	for _, x := range kinds[event.Tool](d, event.AgentTool) {
		statuses = append(statuses, x.Tool+" "+x.Status)
		if x.Tool == "bash" && x.Status == "completed" && (x.Output != "hi\n" || x.Exit == nil || *x.Exit != 0) {
			t.Errorf("bash: %+v", x)
		}
	}
	for _, want := range []string{"bash pending", "bash running", "bash completed", "write completed", "todowrite completed"} {
		if n := strings.Count(","+strings.Join(statuses, ",")+",", ","+want+","); n != 1 {
			t.Errorf("%q is reported %d times: %q", want, n, statuses)
		}
	}
	if u := kinds[event.Usage](d, event.AgentUsage); len(u) != 3 || u[0] != (event.Usage{MessageID: u[0].MessageID, Input: 2000, Output: 70, Reasoning: 30, CacheRead: 1000, CostMicro: 7800}) {
		t.Errorf("usage: %+v", u)
	}
	if todo := kinds[event.Todo](d, event.AgentTodo); len(todo) != 1 || todo[0].Items[0].Content != "a" {
		t.Errorf("todo: %+v", todo)
	}
	if len(d.sent) == 0 || d.sent[0] != d.job.Messages[0].ID {
		t.Errorf("sent: %q", d.sent)
	}
}

func TestAPermissionIsAskedAndAnswered(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sharedRunner(t), script(`{"tools":[{"name":"bash","args":{"command":"true one","description":"d"}}]}`, `{"text":"done"}`))
	r := d.start(t)
	a := d.ask(t, 1)
	if a.Kind != session.Approval || a.Permission != "bash" || a.Patterns[0] != "true one" {
		t.Errorf("asked: %+v", a)
	}
	d.signal(t, runner.Signal{Kind: a.Kind, AskID: a.SourceID, Reply: session.Always})
	r.end(t, runner.Done)
	d.wantTexts(t, "done")
	if len(d.gone) > 0 {
		t.Errorf("answered through us, yet reported as gone: %q", d.gone)
	}
}

// ask waits for the nth ask.
func (d *desk) ask(t *testing.T, n int) session.Ask {
	t.Helper()
	d.await(t, "an ask", func() bool { return len(d.asks) >= n })
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asks[n-1]
}

func TestAQuestionIsAnswered(t *testing.T) {
	t.Parallel()
	const question = `{"tools":[{"name":"question","args":{"questions":[{"question":"Which db?","header":"DB","options":[{"label":"Postgres","description":"pg"},{"label":"SQLite","description":"lite"}]}]}}]}`
	d := newDesk(t, sharedRunner(t), script(question, `{"text":"done"}`))
	r := d.start(t)
	a := d.ask(t, 1)
	if a.Kind != session.Question || !strings.Contains(string(a.Questions), "Which db?") {
		t.Errorf("asked: %+v", a)
	}
	d.signal(t, runner.Signal{Kind: a.Kind, AskID: a.SourceID, Reply: session.Answered, Answers: json.RawMessage(`[["SQLite"]]`)})
	r.end(t, runner.Done)
	d.wantTexts(t, "done")
	tools := kinds[event.Tool](d, event.AgentTool)
	if last := tools[len(tools)-1]; last.Status != "completed" || !strings.Contains(last.Output, "SQLite") {
		t.Errorf("the answer did not arrive: %+v", last)
	}
}

func TestARejectWithWordsLetsTheAgentGoOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sharedRunner(t), script(`{"tools":[{"name":"bash","args":{"command":"true two","description":"d"}}]}`, `{"text":"as you wish"}`))
	r := d.start(t)
	a := d.ask(t, 1)
	d.signal(t, runner.Signal{Kind: a.Kind, AskID: a.SourceID, Reply: session.Reject, Text: "use another way"})
	r.end(t, runner.Done)
	d.wantTexts(t, "as you wish")
	tools := kinds[event.Tool](d, event.AgentTool)
	if last := tools[len(tools)-1]; last.Status != "error" || !strings.Contains(last.Error, "use another way") {
		t.Errorf("the words did not arrive: %+v", last)
	}
}

func TestARejectWithoutWordsEndsTheTurn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sharedRunner(t), script(`{"tools":[{"name":"bash","args":{"command":"true three","description":"d"}}]}`, `{"text":"never said"}`))
	r := d.start(t)
	a := d.ask(t, 1)
	d.signal(t, runner.Signal{Kind: a.Kind, AskID: a.SourceID, Reply: session.Reject})
	if out := r.end(t, runner.Done); !strings.Contains(out.Reason.Message, "rejected") {
		t.Errorf("the end has no reason: %+v", out)
	}
	d.wantTexts(t)
}
