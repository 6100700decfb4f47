package opencode

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/turn"
)

func TestAProvidersRefusalIsAReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turn string
		want session.ReasonCode
	}{
		"key":    {`{"status":401,"body":"{\"error\":{\"message\":\"Incorrect API key\"}}"}`, session.ModelAuth},
		"credit": {`{"status":402}`, session.ModelAccount},
		"length": {`{"text":"cut","finish":"length"}`, session.AgentError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sharedRunner(t), script(c.turn))
			if out := d.start(t).end(t, runner.Failed); out.Reason.Code != c.want || out.Reason.Message == "" {
				t.Errorf("the reason is %+v, want %s", out.Reason, c.want)
			}
			errs := kinds[event.Error](d, event.AgentError)
			if refused := name != "length"; refused != (len(errs) == 1) {
				t.Errorf("errors reported: %+v", errs)
			}
		})
	}
}

func TestAProviderThatMakesWaitIsTrouble(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sharedRunner(t), script(`{"text":"ok now","status":429,"fail_times":1,"headers":{"retry-after":"1"}}`))
	d.start(t).end(t, runner.Done)
	d.wantTexts(t, "ok now")
	if rs := kinds[event.Retry](d, event.AgentRetry); len(rs) != 1 || rs[0].Attempt != 1 || rs[0].Next.IsZero() {
		t.Errorf("retries reported: %+v", rs)
	}
	if len(d.trouble) != 2 || d.trouble[0].Code != session.ModelRateLimited || d.trouble[1].Code != "" {
		t.Errorf("trouble reported: %+v", d.trouble)
	}
}

func TestASubAgentIsReportedAsOne(t *testing.T) {
	t.Parallel()
	prompt, _ := json.Marshal(script(`{"tools":[{"name":"bash","args":{"command":"true four","description":"d"}}]}`, `{"text":"child done"}`))
	d := newDesk(t, sharedRunner(t), script(`{"tools":[{"name":"task","args":{"description":"d","prompt":`+string(prompt)+`,"subagent_type":"general"}}]}`, `{"text":"parent done"}`))
	r := d.start(t)
	a := d.ask(t, 1)
	d.signal(t, runner.Signal{Kind: a.Kind, AskID: a.SourceID, Reply: session.Once})
	r.end(t, runner.Done)
	d.wantTexts(t, "child done", "parent done")
	said := kinds[event.Text](d, event.AgentMessage)
	if said[0].Child == "" || said[0].Child == d.conv || said[1].Child != "" {
		t.Errorf("who said what: %+v", said)
	}
	if d.cursor[said[0].Child] == 0 {
		t.Errorf("the sub-agent has no cursor: %v", d.cursor)
	}
}

func TestAMissingAgentOrModelIsRefusedBeforeThePrompt(t *testing.T) {
	t.Parallel()
	h := sharedRunner(t)
	for name, change := range map[string]func(*runner.Job){
		"agent": func(j *runner.Job) { j.Agent = "nobody" },
		"model": func(j *runner.Job) { j.Model = "fake/nothing" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, h, "hello")
			change(&d.job)
			if out := d.start(t).end(t, runner.Failed); out.Reason.Code != session.InvalidConfig {
				t.Errorf("the reason is %+v", out.Reason)
			}
		})
	}
}

func TestAConversationThatIsGoneIsOrphaned(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sharedRunner(t), "hello")
	d.conv = "ses_00000000000000000000000000"
	d.start(t).end(t, runner.Orphan)
}

func TestAnOldVersionIsRefused(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, func(o *Options) { o.Minimum = "99.0.0" })
	d := newDesk(t, h, "hello")
	out := d.start(t).end(t, runner.Failed)
	if out.Reason.Code != session.RunnerVersion || !strings.Contains(out.Reason.Message, "99.0.0") {
		t.Errorf("the reason is %+v", out.Reason)
	}
	if p, ok, _ := h.store.Load(t.Context(), d.key()); ok {
		t.Errorf("a refused process is stored: %+v", p)
	}
}

func TestAnIdleProcessIsStopped(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, func(o *Options) { o.Idle = 50 * time.Millisecond })
	d := newDesk(t, h, script(`{"text":"hello","gate":"idle","gate_at":"text"}`))
	r := d.start(t)
	h.reached(t, "idle")
	p := d.process()
	h.model.Open("idle")
	r.end(t, runner.Done)
	select {
	case <-h.store.forgotten:
	case <-time.After(within):
		t.Fatal("the process is not stopped")
	}
	if _, err := (proc.Plain{}).StartTime(p.PID); err == nil {
		t.Error("the process still runs")
	}
	d.job.Messages = append(d.job.Messages, message("again"))
	d.start(t).end(t, runner.Done)
	if got := d.texts(); got[len(got)-1] != "ok: again" {
		t.Errorf("after a stop the agent said %q", got)
	}
	d.wantOnce(t)
}

func TestAGrowingTextLosesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sharedRunner(t), script(`{"text":"wörd <script>\u0000 ","repeat":150,"chunk_ms":4}`))
	began := time.Now()
	d.start(t).end(t, runner.Done)
	most := int(time.Since(began)/turn.PartEvery) + 1
	want := strings.Repeat("wörd <script>� ", 150)
	if got := strings.Join(d.texts(), "|"); got != want {
		t.Errorf("the text is %q", got)
	}
	for part, shown := range d.live {
		for _, s := range append(shown, d.parts[part]...) {
			if !strings.HasPrefix(want, s) {
				t.Fatalf("shown %q is no beginning of the text", s)
			}
		}
		if n := len(d.parts[part]); n == 0 || n > most || len(shown) <= n {
			t.Errorf("stored %d times where %d are the most, shown %d times", n, most, len(shown))
		}
	}
}
