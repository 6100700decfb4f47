package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// remoteCommand is a remote command of the binary, run as a person with a home directory of their own.
func (m *team) remoteCommand(args ...string) *exec.Cmd {
	c := exec.CommandContext(m.w.t.Context(), binary, args...)
	c.Env = []string{"HOME=" + filepath.Join(m.w.dir, "home"), "PATH=" + os.Getenv("PATH")}
	return c
}

// remote runs a remote command, and returns its streams and exit code.
func (m *team) remote(stdin string, args ...string) (out, said string, code int) {
	m.w.t.Helper()
	return m.remoteIn("", stdin, args...)
}

// remoteIn runs a remote command in a directory.
func (m *team) remoteIn(dir, stdin string, args ...string) (out, said string, code int) {
	m.w.t.Helper()
	c := m.remoteCommand(args...)
	c.Dir = dir
	c.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.w.t.Fatal(err)
	}
	return stdout.String(), stderr.String(), c.ProcessState.ExitCode()
}

// TestRemoteCommands drives a session from sign-in to its patch with the binary alone.
func TestRemoteCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	must := func(code int, stdin string, args ...string) string {
		t.Helper()
		out, said, got := m.remote(stdin, args...)
		if got != code {
			t.Fatalf("orchestrator %s: exit %d, not %d\n%s%s", strings.Join(args, " "), got, code, out, said)
		}
		return out
	}
	must(6, "", "session", "list")
	must(0, m.token+"\n", "login", "--address", w.url)
	if out := must(0, "", "repo", "list"); !strings.Contains(out, "main") || !strings.Contains(out, "ready") {
		t.Errorf("repositories: %s", out)
	}
	if out := must(0, "", "provider", "list"); !strings.Contains(out, "script/scripted") {
		t.Errorf("models: %s", out)
	}
	var s client.Session
	if err := json.Unmarshal([]byte(must(0, mainJob, "session", "run", "-", "--title", "Greet people", "--repo", "main", "--key", "e2e", "--json")), &s); err != nil {
		t.Fatal(err)
	}
	if again := must(0, mainJob, "session", "run", "-", "--title", "Greet people", "--repo", "main", "--key", "e2e", "--json"); !strings.Contains(again, s.ID) {
		t.Errorf("repeated with its key, the command created another session: %s", again)
	}
	a := m.asked(s.ID)
	if out := must(0, "", "session", "answer", s.ID); !strings.Contains(out, "  sh test.sh\n") || !strings.Contains(out, a.ID) {
		t.Errorf("open approvals: %s", out)
	}
	must(0, "", "session", "answer", s.ID, a.ID, "--once")
	if out := must(0, "", "session", "follow", s.ID); !strings.Contains(out, "It greets now.") || !strings.Contains(out, "— completed") || strings.Contains(out, "\x1b") {
		t.Errorf("follow: %s", out)
	}
	if out := must(0, "", "session", "diff", s.ID, "--patch"); !strings.Contains(out, "+hello") {
		t.Errorf("patch: %s", out)
	}
	if out := must(0, "", "session", "checks", s.ID); !strings.Contains(out, "passed") {
		t.Errorf("checks: %s", out)
	}
	if _, said, code := m.remote("", "session", "pause", s.ID); code != 1 || !strings.Contains(said, "cannot be paused") {
		t.Errorf("a refused move: exit %d, %s", code, said)
	}
	must(4, turns("Leave it alone.", map[string]any{"text": "Done."}), "session", "run", "-", "--repo", "main", "--wait")
	must(0, turns("Think.", map[string]any{"text": "Done."}), "session", "run", "-", "--wait")
}
