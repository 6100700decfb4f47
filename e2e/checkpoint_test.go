package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type checkpointJSON struct {
	Checkpoint int64  `json:"checkpoint"`
	Cause      string `json:"cause"`
	Note       string `json:"note"`
	Tree       string `json:"tree"`
	MessageID  string `json:"message_id"`
}

// checkpoints lists a session's checkpoints, newest first.
func (m *team) checkpoints(id string) []checkpointJSON {
	m.w.t.Helper()
	var list struct{ Items []checkpointJSON }
	m.get("/sessions/"+id+"/checkpoints", &list)
	return list.Items
}

// mark takes a checkpoint by hand.
func (m *team) mark(id, note string) (c checkpointJSON) {
	m.w.t.Helper()
	m.post("/sessions/"+id+"/checkpoints", map[string]string{"note": note}, &c)
	return c
}

// writes sends a message that writes a file, and returns what the model was sent for it.
func (m *team) writes(id, word, content string) (conversation string) {
	m.w.t.Helper()
	seen := len(m.w.model.Requests())
	m.post("/sessions/"+id+"/messages", map[string]string{"text": writing(word, content)}, nil)
	m.w.until("the agent wrote "+word, 300*time.Second, func() bool { return m.session(id).Status == "completed" && m.says(id, "wrote "+word) })
	for _, r := range m.w.model.Requests()[seen:] {
		if strings.Contains(string(r.Body), "MESSAGE-"+word) {
			conversation = string(r.Body)
		}
	}
	return conversation
}

func writing(word, content string) string {
	return turns("MESSAGE-"+word, map[string]any{"tools": tool("write", map[string]any{"filePath": "work.txt", "content": content})}, map[string]any{"text": "wrote " + word})
}

// wantConversation checks which messages of people the model was sent.
func wantConversation(t *testing.T, what, body, with, without string) {
	t.Helper()
	for word := range strings.FieldsSeq(with) {
		if !strings.Contains(body, "MESSAGE-"+word) {
			t.Errorf("%s: the conversation lacks %s", what, word)
		}
	}
	for word := range strings.FieldsSeq(without) {
		if strings.Contains(body, "MESSAGE-"+word) {
			t.Errorf("%s: the conversation still has %s", what, word)
		}
	}
}

// TestRestoreAndFork takes a session back after a restart, and again after its tree was deleted, forward again, and forks it: the files have
// the same tree hash, and the conversation ends at the checkpoint's message.
func TestRestoreAndFork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Go back", writing("one", "one\n"), nil)
	m.becomes(id, 300*time.Second, "completed")
	good := m.checkpoints(id)[0]
	if good.Cause != "turn" || good.MessageID == "" || good.Tree == "" {
		t.Fatalf("after the first turn: %+v", good)
	}
	dir := m.tree("work.txt")
	w.touchAll(dir)
	green := m.mark(id, "tests green")
	m.writes(id, "two", "two\n")
	w.stop()
	w.start()
	var restored struct {
		Status string `json:"status"`
		Before int64  `json:"checkpoint_before"`
	}
	m.post("/sessions/"+id+"/restore", map[string]any{"checkpoint": green.Checkpoint}, &restored)
	if restored.Status != "completed" || restored.Before == 0 {
		t.Errorf("after a restart: %+v", restored)
	}
	if now := m.mark(id, "restored"); now.Tree != green.Tree || now.MessageID != green.MessageID {
		t.Errorf("restored %+v, it is %+v", green, now)
	}
	wantConversation(t, "after the restart", m.writes(id, "three", "three\n"), "one three", "two")

	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	m.post("/sessions/"+id+"/restore", map[string]any{"checkpoint": green.Checkpoint}, &restored)
	if now := m.mark(id, "restored again"); now.Tree != green.Tree {
		t.Errorf("after the tree was deleted: %+v, want %+v", now, green)
	}
	if got, err := os.Readlink(filepath.Join(dir, "link")); err != nil || got != "nowhere" {
		t.Errorf("the link is %q, %v", got, err)
	}
	wantConversation(t, "after the tree was deleted", m.writes(id, "four", "four\n"), "one four", "two three")

	// Forward again, to what the first restore took back.
	m.post("/sessions/"+id+"/restore", map[string]any{"checkpoint": int64(green.Checkpoint + 1)}, &restored)
	wantConversation(t, "forward", m.writes(id, "five", "five\n"), "one two five", "three four")

	var fork sessionJSON
	m.post("/sessions/"+id+"/fork", map[string]any{"checkpoint": green.Checkpoint, "title": "Other way", "message": writing("six", "six\n"), "start": true}, &fork)
	seen := len(w.model.Requests())
	m.becomes(fork.ID, 300*time.Second, "completed")
	body := ""
	for _, r := range w.model.Requests()[max(0, seen-2):] {
		if strings.Contains(string(r.Body), "MESSAGE-six") {
			body = string(r.Body)
		}
	}
	wantConversation(t, "the fork", body, "one six", "two three four five")
	if m.says(id, "wrote six") || !m.says(fork.ID, "wrote six") {
		t.Error("the fork's turn is in the wrong session")
	}
}

// touchAll puts files of every kind into a tree, as the agent's own programs would.
func (w *world) touchAll(dir string) {
	w.t.Helper()
	for name, mode := range map[string]os.FileMode{"untracked.bin": 0o644, "run.sh": 0o755} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("\x00\x01\x02"+name), mode); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "link")); err != nil {
		w.t.Fatal(err)
	}
}
