package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// canary is stored in places that agents must not access.
const canary = "canary-of-the-host"

// prison is a world with two teams, in which a session of one team tries to escape.
type prison struct {
	*world
	acme, blue            *team
	outside, key          string
	sibling, theirs, mark string
	agent, other          map[string]string // the environment of an agent server of each team, and its PORT
}

func newPrison(t *testing.T) *prison {
	t.Helper()
	flags := []string{"--agent-tasks", "400", "--agent-file-size", "64MiB"}
	if sandbox.Probe().Users {
		// Limits apply per user, so no other process on this host may have the same user.
		flags = append(flags, "--agent-uids", fmt.Sprintf("%d:10", 1_800_000_000+os.Getpid()%50_000*10))
	}
	p := &prison{world: newWorld(t, flags...), mark: fmt.Sprint(100_000_000 + time.Now().UnixNano()%100_000_000)}
	p.outside = filepath.Join(p.dir, "outside")
	p.write(filepath.Join(p.outside, ".ssh", "id_ed25519"), canary)
	l, err := sandbox.ListenSocket(filepath.Join(p.outside, "docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for _, open := range []string{p.outside, filepath.Join(p.outside, "docker.sock")} {
		if err := os.Chmod(open, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	p.blue, p.acme = p.newTeam("blue", 10), p.newTeam("acme", 10)
	p.theirs, p.other = p.settle(p.blue)
	p.sibling, p.agent = p.settle(p.acme)
	key, err := os.ReadFile(filepath.Join(p.dir, "data.key"))
	if err != nil {
		t.Fatal(err)
	}
	p.key = strings.TrimSpace(string(key))
	return p
}

func (w *world) write(path, text string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// settle creates a session with a secret for a team, and returns its working tree and the environment of its agent server, which is
// idle but runs.
func (p *prison) settle(m *team) (tree string, env map[string]string) {
	p.t.Helper()
	id := m.run("Keep a secret", turns("Write.", map[string]any{"tools": tool("write", map[string]any{"filePath": "secret.txt", "content": canary})}, map[string]any{"text": "done"}), nil)
	m.becomes(id, 90*time.Second, "completed")
	found, _ := filepath.Glob(filepath.Join(p.dir, "data", "teams", "*", "sessions", id, "tree"))
	if len(found) != 1 {
		p.t.Fatalf("the tree of %s is at %v", id, found)
	}
	home := filepath.Join(filepath.Dir(found[0]), "home")
	for _, pid := range p.agents() {
		if env = environOf(pid); strings.HasPrefix(env["XDG_DATA_HOME"], home) {
			return found[0], env
		}
	}
	p.t.Fatalf("no agent server lives in %s", home)
	return
}

// environOf returns the environment of an OpenCode process with the secrets that it no longer shows and, as PORT, the port on its command
// line.
func environOf(pid int) map[string]string {
	env := map[string]string{}
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)) // empty if the process has ended
	for _, e := range strings.Split(string(text), "\x00") {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if _, after, ok := strings.Cut(string(line), "--port\x00"); ok {
		env["PORT"], _, _ = strings.Cut(after, "\x00")
	}
	env["OPENCODE_SERVER_PASSWORD"], env["ORCHESTRATOR_GATEWAY_KEY"] = secretsOf(pid)
	return env
}

// facts are the variables of every attempt.
func (p *prison) facts() string {
	gateway, _ := p.ports()
	return fmt.Sprintf("DATA=%s OUTSIDE=%s BLUE=%s SIBLING=%s SESSIONS=%s SERVER=%d AGENT=%s PASSWORD=%s BLUEKEY=%s GATEWAY=%s PAGES=%s MARK=%s TREE=$PWD\nexec 2>&1\n",
		filepath.Join(p.dir, "data"), p.outside, p.theirs, p.sibling, filepath.Dir(filepath.Dir(p.sibling)), p.srv.cmd.Process.Pid,
		p.agent["PORT"], p.agent["OPENCODE_SERVER_PASSWORD"], p.other["ORCHESTRATOR_GATEWAY_KEY"], gateway, p.url, p.mark)
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	p := newPrison(t)
	protected := map[string]bool{}
	for _, row := range sandbox.Probe().Protections() {
		protected[row.Attack] = row.Protected
	}
	var steps []map[string]any
	for _, e := range escapes {
		if protected[e.attack] {
			steps = append(steps, map[string]any{"tools": tool("bash", map[string]any{"command": p.facts() + e.script, "description": e.name})})
		}
	}
	id := p.acme.run("Break out", turns("Break out.", append(steps, map[string]any{"text": "I am still inside."})...), nil)
	p.until("every attempt was made", 5*time.Minute, func() bool {
		p.acme.replyAll(id)
		s := p.acme.session(id)
		return s.Status != "running" && s.Status != "queued"
	})
	if s := p.acme.session(id); s.Status != "completed" {
		t.Errorf("the session is %s: %s", s.Status, s.reason())
	}
	said := p.acme.outputs(id)
	for _, e := range escapes {
		t.Run(e.name, func(t *testing.T) {
			if !protected[e.attack] {
				t.Skipf("not protected on this host: an agent can %s", e.attack)
			}
			p.held(t, said[e.name])
		})
	}
	p.untouched(id)
}

// outputs returns the output of a session's commands by description.
func (m *team) outputs(id string) map[string]string {
	said := map[string]string{}
	for _, e := range m.events(id) {
		var call struct {
			Status, Output, Error string
			Input                 struct{ Description string }
		}
		if e.Type == "agent.tool" && json.Unmarshal(e.Data, &call) == nil && (call.Status == "completed" || call.Status == "error") {
			said[call.Input.Description] = call.Output + call.Error
		}
	}
	return said
}

// held checks that an attempt is in the session's log with the system's message, and that it was refused.
func (p *prison) held(t *testing.T, said string) {
	t.Helper()
	if strings.TrimSpace(said) == "" {
		t.Fatal("the attempt does not show in the session")
	}
	t.Logf("%s", said)
	if strings.Contains(said, "ESCAPED") {
		t.Error("it got out")
	}
	for _, secret := range []string{canary, p.key, p.agent["OPENCODE_SERVER_PASSWORD"], p.agent["ORCHESTRATOR_GATEWAY_KEY"], p.other["ORCHESTRATOR_GATEWAY_KEY"]} {
		if secret == "" || strings.Contains(said, secret) {
			t.Error("it read a secret, or there is none to read")
		}
	}
}

// untouched checks from outside that the server runs, that nothing was written, that no process is left and that the diff contains no
// secret.
func (p *prison) untouched(id string) {
	p.t.Helper()
	if res, err := http.Get(p.url + "/health/ready"); err != nil || res.StatusCode != http.StatusOK {
		p.t.Errorf("the server is not ready any more: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(p.outside, "*"))
	if len(left) != 2 { // the key and the socket
		p.t.Errorf("outside now lie %v", left)
	}
	var patch string
	p.acme.get("/sessions/"+id+"/patch", &patch)
	if strings.Contains(patch, p.key) || strings.Contains(patch, canary) {
		p.t.Error("the diff holds what a link of the agent's leads to")
	}
	p.until("nothing of the session is left", 10*time.Second, func() bool {
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, l := range lines {
			if text, _ := os.ReadFile(l); strings.Contains(string(text), "sleep\x00"+p.mark) {
				return false
			}
		}
		return true
	})
}

// TestFullDisk lets an agent write files until its session is ended because of its disk limit.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--agent-disk", "100MiB", "--agent-file-size", "64MiB")
	m := w.newTeam("acme", 10)
	id := m.run("Fill the disk", turns("Fill.", map[string]any{"tools": bash(`for i in $(seq 60); do head -c 20000000 /dev/urandom > fill$i; sleep 0.3; done; echo full`)}, map[string]any{"text": "done"}), nil)
	m.reply(id, m.asked(id), "once")
	s := m.becomes(id, 90*time.Second, "failed", "completed")
	if s.Status != "failed" || !strings.HasPrefix(s.reason(), "disk_full: The session uses ") {
		t.Errorf("it is %s: %s", s.Status, s.reason())
	}
	if !strings.Contains(m.types(id), "session.state") {
		t.Error("the end does not show in the session")
	}
	next := m.run("Go on", turns("Work.", map[string]any{"text": "done"}), nil)
	m.becomes(next, 60*time.Second, "completed")
}
