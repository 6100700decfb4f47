package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// takingRoads are what people do with a session that has ended. They are killed from its end on, and with a request on its way.
var takingRoads = []road{
	{name: "a push", end: "completed", says: "wrote one", begin: wrote, allows: ":rw", from: "completed", acts: []act{
		racing(lacks("session.pushed", ""), posts("/push", map[string]any{})),
	}, done: has("session.pushed", ""), check: pushedOnce},
	{name: "a checkpoint by hand", end: "completed", says: "wrote one", begin: wrote, from: "completed", acts: []act{
		racing(lacks("session.checkpoint", "manual"), posts("/checkpoints", map[string]any{"note": "mark"})),
	}, done: has("session.checkpoint", "manual"), check: markedAsLogged},
	{name: "a restore", end: "completed", says: "wrote two", begin: wrote, from: "completed", acts: []act{
		{due: func(m *team, s sessionJSON, log []eventJSON) bool {
			return s.Status == "completed" && count(log, "session.note") < 2
		}, do: func(m *team, id, _ string) {
			posts("/messages", map[string]any{"text": writing("two", "two\n")})(context.Background(), m, id)
		}},
		racing(func(m *team, s sessionJSON, log []eventJSON) bool {
			return s.Status == "completed" && m.says(s.ID, "wrote two") && count(log, "session.restored") == 0
		}, posts("/restore", map[string]any{"checkpoint": 1})),
	}, done: has("session.restored", ""), check: restoredOnce},
	{name: "a fork", end: "completed", says: "wrote one", begin: wrote, from: "completed", acts: []act{
		racing(func(m *team, s sessionJSON, _ []eventJSON) bool {
			return s.Status == "completed" && len(m.forksOf(s.ID)) == 0
		}, forks),
	}, done: func(m *team, id string, _ []eventJSON) bool { return len(m.forksOf(id)) > 0 }, check: forkedOnce},
}

func wrote(m *team, _ string) string { return m.run("Write", writing("one", "one\n"), nil) }

// logged reports whether a log has an event of a kind, for a checkpoint with a cause.
func logged(log []eventJSON, kind, cause string) (n int) {
	for _, e := range log {
		var d struct{ Cause string }
		if e.Type == kind && json.Unmarshal(e.Data, &d) == nil && d.Cause == cause {
			n++
		}
	}
	return n
}

func lacks(kind, cause string) func(*team, sessionJSON, []eventJSON) bool {
	return func(_ *team, s sessionJSON, log []eventJSON) bool {
		return s.Status == "completed" && logged(log, kind, cause) == 0
	}
}

func has(kind, cause string) func(*team, string, []eventJSON) bool {
	return func(_ *team, _ string, log []eventJSON) bool { return logged(log, kind, cause) > 0 }
}

// posts posts to a session. The server may be killed in the middle: what came of it is in the log.
func posts(path string, body map[string]any) func(context.Context, *team, string) {
	return func(ctx context.Context, m *team, id string) {
		_, _ = m.client().Do(ctx, http.MethodPost, "/sessions/"+id+path, body)
	}
}

// forks forks a session with the same idempotency key each time, as a program does that got no answer.
func forks(ctx context.Context, m *team, id string) {
	body := map[string]any{"checkpoint": 1, "title": "Fork of " + id, "message": turns("Go on.", map[string]any{"text": "forked"})}
	_, _ = m.client().Do(ctx, http.MethodPost, "/sessions/"+id+"/fork", body, "Idempotency-Key", "fork-"+id)
}

func (m *team) forksOf(id string) (found []client.SessionRow) {
	m.w.t.Helper()
	page, err := m.client().Sessions(context.Background(), client.SessionFilter{Limit: 100})
	if err != nil {
		m.w.t.Fatal(err)
	}
	for _, s := range page.Items {
		if s.Title == "Fork of "+id {
			found = append(found, s)
		}
	}
	return found
}

func pushedOnce(m *team, id string) {
	m.w.t.Helper()
	if n := count(m.events(id), "session.pushed"); n != 1 {
		m.w.t.Errorf("the log has %d pushes", n)
	}
	branch := m.session(id).Branch
	out, err := exec.Command("git", "-C", filepath.Join(m.w.dir, "git", "main"), "show", branch+":work.txt").CombinedOutput()
	if err != nil || string(out) != "one\n" {
		m.w.t.Errorf("the branch %s in the repository has %q, %v", branch, out, err)
	}
}

// markedAsLogged: every checkpoint by hand has its event, and every event its checkpoint.
func markedAsLogged(m *team, id string) {
	m.w.t.Helper()
	marks := 0
	for _, c := range m.checkpoints(id) {
		if c.Cause == "manual" {
			marks++
		}
	}
	if n := logged(m.events(id), "session.checkpoint", "manual"); n != marks || n == 0 {
		m.w.t.Errorf("%d checkpoints by hand have %d events", marks, n)
	}
}

func restoredOnce(m *team, id string) {
	m.w.t.Helper()
	if n := count(m.events(id), "session.restored"); n != 1 {
		m.w.t.Errorf("the log has %d restores", n)
	}
	m.w.until("the files are those of the first turn", 30*time.Second, func() bool {
		diff := m.ask(http.MethodGet, "/sessions/"+id+"/diff", nil)
		return strings.Contains(string(diff.body), "+one") && !strings.Contains(string(diff.body), "+two")
	})
}

func forkedOnce(m *team, id string) {
	m.w.t.Helper()
	all := m.forksOf(id)
	if len(all) != 1 {
		m.w.t.Fatalf("there are %d forks", len(all))
	}
	if n := count(m.events(all[0].ID), "session.forked"); n != 1 {
		m.w.t.Errorf("the fork's log has %d session.forked", n)
	}
}
