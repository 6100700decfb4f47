package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFileToolsReachNeitherSecretsNorConfiguration reads OpenCode's environment and writes over its configuration with OpenCode's own
// tools. The repository brings the links, and nobody answers an approval with anything but yes.
func TestFileToolsReachNeitherSecretsNorConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	repo := filepath.Join(w.dir, "git", "main")
	for name, to := range map[string]string{"env": "/proc/self/environ", "threads": "/proc/thread-self/environ", "init": "/proc/1/environ", "up": ".."} {
		if err := os.Symlink(to, filepath.Join(repo, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.git(repo, "add", ".")
	w.git(repo, "commit", "-q", "-m", "links")
	steps := []map[string]any{}
	for _, path := range []string{"env", "threads", "init", "/proc/self/environ"} {
		steps = append(steps, map[string]any{"tools": tool("read", map[string]any{"filePath": path})})
	}
	steps = append(steps, map[string]any{"tools": tool("grep", map[string]any{"pattern": "KEY|PASSWORD", "path": "env"})})
	for _, dir := range []string{"up/conf", "up/home", "up/home/config"} {
		for _, file := range []string{"opencode.json", "models.json", "opencode/opencode.json", "opencode/plugin/secrets.js", "opencode/AGENTS.md", ".opencode/plugin/planted.js", ".gitconfig"} {
			steps = append(steps, map[string]any{"tools": tool("write", map[string]any{"filePath": dir + "/" + file, "content": "planted"})})
		}
	}
	id := m.run("Reach for the keys", turns("Reach.", append(steps, map[string]any{"text": "done"})...), nil)
	w.until("every attempt was made", 5*time.Minute, func() bool {
		m.replyAll(id)
		s := m.session(id)
		return s.Status != "running" && s.Status != "queued"
	})
	agents := w.agents()
	if s := m.session(id); s.Status != "completed" || len(agents) != 1 {
		t.Fatalf("the session is %s (%s), with OpenCode processes %v", s.Status, s.reason(), agents)
	}
	env := environOf(agents[0])
	secrets := []string{env["OPENCODE_SERVER_PASSWORD"], env["ORCHESTRATOR_GATEWAY_KEY"]}
	tried := 0
	for _, e := range m.events(id) {
		var call struct{ Tool, Status, Output string }
		if e.Type == "agent.tool" && json.Unmarshal(e.Data, &call) == nil && (call.Status == "completed" || call.Status == "error") {
			tried++
		}
		for _, secret := range append(secrets, "[secret removed]") {
			if secret == "" || strings.Contains(string(e.Data), secret) {
				t.Errorf("%q is in %s, or there is no secret", secret, e.Data)
			}
		}
	}
	if tried != len(steps) {
		t.Errorf("%d attempts show in the session, want %d", tried, len(steps))
	}
	for _, dir := range []string{env["HOME"], env["XDG_CONFIG_HOME"], filepath.Dir(env["OPENCODE_CONFIG"])} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if text, _ := os.ReadFile(path); string(text) == "planted" {
					t.Errorf("it planted %s", path)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	m.post("/sessions/"+id+"/messages", map[string]string{"text": turns("And again.", map[string]any{"text": "still at work"})}, nil)
	w.until("the message is answered", 2*time.Minute, func() bool { return m.says(id, "still at work") })
}
