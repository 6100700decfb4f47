package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// road is the course of a session from its creation to its end, with what people do on the way. The table kills on every step of it.
type road struct {
	name  string
	begin func(m *team, gate string) (id string)
	acts  []act
	end   string
	// says is what the agent must have said at the end; done is what else must be true then, and check looks closer.
	says  string
	done  func(m *team, id string, log []eventJSON) bool
	check func(m *team, id string)
	// allows is added to the permission of the team to use local repositories. Kills begin with the status from.
	allows, from string
}

// act is something that a person does as soon as it is due. A kill can come before, during or after it; if it is still due afterwards,
// the person does it again.
type act struct {
	due func(m *team, s sessionJSON, log []eventJSON) bool
	do  func(m *team, id, gate string)
	// request is what do sends if the kill can come while the server works on it. Its answer may be missing.
	request func(ctx context.Context, m *team, id string)
}

// racing is an act whose request the kill can cut off.
func racing(due func(*team, sessionJSON, []eventJSON) bool, request func(context.Context, *team, string)) act {
	return act{due: due, do: func(m *team, id, _ string) { request(context.Background(), m, id) }, request: request}
}

// roads go over every edge of the session machine that a person or an agent can take.
var roads = []road{
	{name: "an answer", end: "completed", says: "done", begin: func(m *team, _ string) string {
		return m.run("An answer", turns("Say it.", map[string]any{"text": "done"}), nil)
	}},
	{name: "a change with an approval and checks", end: "completed", says: "changed", begin: func(m *team, _ string) string {
		return m.run("A change", turns("Change it.", map[string]any{"tools": tool("write", map[string]any{"filePath": "greeting.txt", "content": "hello\n"})},
			map[string]any{"tools": bash("sh test.sh")}, map[string]any{"text": "changed"}), nil)
	}, acts: []act{approve}},
	{name: "pause and resume", end: "completed", begin: gated("Pause"), acts: []act{
		{due: inText("paused"), do: verb("pause")},
		{due: is("paused"), do: func(m *team, id, gate string) {
			m.w.model.Open(gate)
			m.ask(http.MethodPost, "/sessions/"+id+"/resume", map[string]any{})
		}},
	}},
	{name: "stop", end: "stopped", begin: gated("Stop"), acts: []act{{due: is("running"), do: verb("stop")}}},
	{name: "stop and retry", end: "completed", begin: gated("Stop and retry"), acts: []act{
		{due: inText("stopped"), do: verb("stop")},
		{due: is("stopped"), do: func(m *team, id, gate string) {
			m.w.model.Open(gate)
			m.ask(http.MethodPost, "/sessions/"+id+"/retry", map[string]any{})
		}},
	}},
	{name: "pause and end", end: "cancelled", begin: gated("Pause and end"), acts: []act{
		{due: inText("paused"), do: verb("pause")},
		{due: is("paused"), do: verb("cancel")},
	}},
	{name: "another message", end: "completed", says: "again", begin: func(m *team, _ string) string {
		return m.run("Two messages", turns("Say it.", map[string]any{"text": "done"}), nil)
	}, acts: []act{{due: func(m *team, s sessionJSON, log []eventJSON) bool {
		return s.Status == "completed" && count(log, "session.note") < 2
	},
		do: func(m *team, id, _ string) {
			m.ask(http.MethodPost, "/sessions/"+id+"/messages", map[string]string{"text": turns("And again.", map[string]any{"text": "again"})})
		}}}},
	{name: "a refused key and a retry", end: "completed", says: "done", begin: func(m *team, _ string) string {
		return m.run("A refused key", turns("Try.", map[string]any{"status": 401, "fail_times": 1, "text": "done"}), nil)
	}, acts: []act{{due: is("failed"), do: verb("retry")}}},
	{name: "a draft that starts", end: "completed", says: "done", begin: draft, acts: []act{{due: isDraft, do: verb("start")}}},
	{name: "a draft that is cancelled", end: "cancelled", begin: draft, acts: []act{{due: isDraft, do: verb("cancel")}}},
}

// approve answers every open request of the agent.
var approve = act{due: func(_ *team, s sessionJSON, _ []eventJSON) bool { return s.WaitingFor != "" }, do: func(m *team, id, _ string) { m.replyAll(id) }}

func draft(m *team, _ string) string {
	return m.run("A draft", turns("Say it.", map[string]any{"text": "done"}), map[string]any{"start": false})
}

func isDraft(m *team, s sessionJSON, log []eventJSON) bool {
	return s.Status == "pending" && count(log, "session.state") == 0
}

// gated begins a session whose text waits at its gate.
func gated(title string) func(*team, string) string {
	return func(m *team, gate string) string {
		return m.run(title, turns("Talk.", map[string]any{"text": "one two three", "gate": gate, "gate_at": "text"}), nil)
	}
}

func is(status string) func(*team, sessionJSON, []eventJSON) bool {
	return func(_ *team, s sessionJSON, _ []eventJSON) bool { return s.Status == status }
}

// inText is due while the agent runs, until the session has had a status once.
func inText(once string) func(*team, sessionJSON, []eventJSON) bool {
	return func(_ *team, s sessionJSON, log []eventJSON) bool {
		return s.Status == "running" && !slices.Contains(states(log), once)
	}
}

// verb does what a button does. A refusal is no failure: the session may have moved in the meantime.
func verb(name string) func(*team, string, string) {
	return func(m *team, id, _ string) { m.ask(http.MethodPost, "/sessions/"+id+"/"+name, map[string]any{}) }
}

func count(log []eventJSON, kind string) (n int) {
	for _, e := range log {
		if e.Type == kind {
			n++
		}
	}
	return n
}

// states are the statuses that a session has had.
func states(log []eventJSON) (all []string) {
	for _, e := range log {
		if e.Type == "session.state" {
			all = append(all, stepOf(e).to)
		}
	}
	return all
}

// step is an event as the table names it.
type step struct{ kind, from, to string }

func stepOf(e eventJSON) step {
	var d struct{ From, To, Status string }
	_ = json.Unmarshal(e.Data, &d) // our own
	if e.Type == "session.state" {
		return step{e.Type, d.From, d.To}
	}
	return step{e.Type, "", d.Status}
}

func (s step) String() string {
	if s.from != "" {
		return s.from + " → " + s.to
	}
	if s.to != "" {
		return s.kind + " " + s.to
	}
	return s.kind
}

// walk goes on with a road until it ends or until stop, which sees every step, says so.
func (m *team) walk(r road, id, gate string, stop func([]eventJSON) bool) (log []eventJSON) {
	m.w.t.Helper()
	m.w.until("the session goes on", 150*time.Second, func() bool {
		log = m.events(id)
		if stop(log) {
			return true
		}
		s := m.session(id)
		for _, a := range r.acts {
			if a.due(m, s, log) {
				a.do(m, id, gate)
				return false
			}
		}
		return s.Status == r.end && (r.says == "" || m.says(id, r.says)) && (r.done == nil || r.done(m, id, log))
	})
	return log
}
