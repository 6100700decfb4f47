package e2e

import (
	"testing"
	"time"
)

// stopJSON is the part of a stop's evidence that these tests read.
type stopJSON struct {
	Sign  string
	Count int64
	Turns []struct {
		Seq    int64  `json:"seq"`
		CallID string `json:"call_id"`
	}
	Cost  int64 `json:"cost_microusd"`
	Reply string
}

func (m *team) stops(id string) []stopJSON {
	m.w.t.Helper()
	var list struct{ Items []stopJSON }
	m.get("/sessions/"+id+"/loop-stops", &list)
	return list.Items
}

// forever is a turn that the model gives again and again.
func forever(turn map[string]any) map[string]any {
	turn["forever"] = true
	return turn
}

var readAgain = map[string]any{"tools": []any{map[string]any{"name": "read", "args": map[string]any{"filePath": "README"}}}}

// Each way in which an agent runs away, with the real OpenCode, ends in a pause or in a failure that says why, after at most ten repeats.
func TestRunawaysAreStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.runsAway = true
	m := w.newTeam("acme", 10)
	m.post("/model-providers", map[string]any{"name": "small", "kind": "openai_compatible", "base_url": w.modelURL, "api_key": modelKey, "models": []any{
		map[string]any{"id": "reports-20000", "context": 10_000, "output": 1_000}}}, nil)
	for name, c := range map[string]struct {
		turn  map[string]any
		model string
		sign  string
	}{
		"no finish reason":       {turn: map[string]any{"text": "half an answer", "misbehave": "no_finish"}, sign: "same_answer"},
		"the same call for ever": {turn: readAgain, sign: "same_call"},
		"context too small":      {turn: map[string]any{"text": "half", "finish": "end_turn_custom"}, model: "small/reports-20000", sign: "compactions"},
	} {
		t.Run(name, func(t *testing.T) {
			more := map[string]any{}
			if c.model != "" {
				more["model_identifier"] = c.model
			}
			id := m.run("Run away: "+name, turns("Go.", forever(c.turn)), more)
			s := m.becomes(id, 3*time.Minute, "paused", "failed", "completed", "timeout")
			stops := m.stops(id)
			if s.Status != "paused" || s.StatusReason == nil || s.StatusReason.Code != "loop_detected" || len(stops) != 1 {
				t.Fatalf("it is %s: %s, %d stops", s.Status, s.reason(), len(stops))
			}
			if e := stops[0]; e.Count < 3 || e.Count > 10 || len(e.Turns) == 0 || e.Sign != c.sign {
				t.Errorf("evidence %+v", e)
			}
		})
	}
}

// A whole answer with a finish reason of the provider's own ends the turn. Before the gateway replaced such reasons, it was requested again
// for ever.
func TestAnUnknownFinishReasonEndsTheTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Answer once", turns("Go.", forever(map[string]any{"text": "a whole answer", "finish": "end_turn_custom"})), nil)
	m.becomes(id, 3*time.Minute, "completed")
}

// A 200 that is no answer never runs for ever: it is paused, or fails as the provider's fault.
func TestAnswersThatAreNoneDoNotRunForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.runsAway = true
	m := w.newTeam("acme", 10)
	for _, how := range []string{"done_only", "html", "json"} {
		t.Run(how, func(t *testing.T) {
			id := m.run("No answer: "+how, turns("Go.", forever(map[string]any{"text": "whole", "misbehave": how})), nil)
			s := m.becomes(id, 4*time.Minute, "paused", "failed", "pending", "completed", "degraded")
			if s.reason() == "" {
				t.Errorf("it is %s without a reason", s.Status)
			}
		})
	}
}

// A stopped session goes on as a person says.
func TestAStoppedSessionIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.runsAway = true
	m := w.newTeam("acme", 10)
	id := m.run("Read for ever", turns("Go.", forever(readAgain)), nil)
	stopped := func() {
		t.Helper()
		if s := m.becomes(id, 2*time.Minute, "paused", "failed"); s.StatusReason == nil || s.StatusReason.Code != "loop_detected" {
			t.Fatalf("it is %s: %s", s.Status, s.reason())
		}
	}
	stopped()
	m.act(id, "resume")
	w.until("it is stopped again", 2*time.Minute, func() bool { return len(m.stops(id)) == 2 && m.session(id).Status == "paused" })
	if a := m.ask("POST", "/sessions/"+id+"/resume", map[string]any{}); a.status != 409 {
		t.Errorf("resumed as it is twice: %d %s", a.status, a.body)
	}
	m.post("/sessions/"+id+"/resume", map[string]any{"message": turns("Do something else.", map[string]any{"text": "done at last"})}, nil)
	m.becomes(id, 2*time.Minute, "completed")
	if s := m.stops(id); s[0].Reply != "told" || s[1].Reply != "resumed" {
		t.Errorf("answers %+v", s)
	}
}

// What looks like a loop and is none is not stopped: rounds of test and fix, and the same status between different edits.
func TestLookAlikesRunToTheirEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	bash := func(command string) map[string]any {
		return map[string]any{"tools": []any{map[string]any{"name": "bash", "args": map[string]any{"command": command, "description": "Run"}}}}
	}
	write := func(n int) map[string]any {
		return map[string]any{"tools": []any{map[string]any{"name": "write", "args": map[string]any{"filePath": "work.txt", "content": string(rune('a' + n))}}}}
	}
	var rounds []map[string]any
	for n := range 20 {
		rounds = append(rounds, write(n), bash("git status --short"))
	}
	id := m.run("Twenty rounds", turns("Go.", append(rounds, map[string]any{"text": "done"})...), nil)
	w.until("the session ends", 8*time.Minute, func() bool {
		s := m.session(id)
		if s.WaitingFor != "" {
			m.replyAll(id)
		}
		return s.Status == "completed" || s.StatusReason != nil && s.StatusReason.Code == "loop_detected"
	})
	if s := m.session(id); s.Status != "completed" {
		t.Errorf("it is %s: %s", s.Status, s.reason())
	}
}
