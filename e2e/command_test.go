package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestACommandEndsWithItsTurn stops sessions whose command has a child that left it for a session of its own. The command's end is
// recorded, and nothing of it lives on, although OpenCode does.
func TestACommandEndsWithItsTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	for _, move := range []string{"pause", "stop"} {
		seconds := fmt.Sprint(100_000 + time.Now().UnixNano()%1_000_000)
		id := m.run("A command to "+move, turns("Run.", map[string]any{"tools": bash("(setsid sleep " + seconds + " &); touch started-" + move + "; exec sleep " + seconds)}, map[string]any{"text": "done"}), nil)
		m.reply(id, m.asked(id), "once")
		m.tree("started-" + move)
		if n := sleepers(seconds); n != 2 {
			t.Fatalf("%d processes of the command run", n)
		}
		m.post("/sessions/"+id+"/"+move, map[string]any{}, nil)
		m.becomes(id, 60*time.Second, map[string]string{"pause": "paused", "stop": "stopped"}[move])
		w.until("the command has ended", 10*time.Second, func() bool { return sleepers(seconds) == 0 })
		// OpenCode calls a command that it ended completed, without an exit code; one that it could not end in time is an error.
		w.until("the command's end is recorded", 30*time.Second, func() bool {
			status := m.lastCall(id)
			return status == "completed" || status == "error"
		})
	}
}

// lastCall is the status of a session's last tool call.
func (m *team) lastCall(id string) string {
	m.w.t.Helper()
	var call struct{ Status string }
	for _, e := range m.events(id) {
		if e.Type != "agent.tool" {
			continue
		}
		if err := json.Unmarshal(e.Data, &call); err != nil {
			m.w.t.Fatal(err)
		}
	}
	return call.Status
}

// sleepers counts the processes that sleep for so many seconds.
func sleepers(seconds string) (n int) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		if text, _ := os.ReadFile(line); bytes.Equal(text, []byte("sleep\x00"+seconds+"\x00")) {
			n++
		}
	}
	return n
}
