package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/git/sshtest"
)

// T-27, T-28: SSH connections for repositories go through the proxy, like all others, to hosts whose keys are checked.
func TestARepositoryOverSSH(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	key := sshtest.Key(t)
	closed := sshtest.New(t, "127.0.0.1:0", filepath.Join(w.dir, "git", "main"), key)
	w.stop()
	open := sshtest.New(t, "127.0.0.1:0", filepath.Join(w.dir, "git", "main"), key)
	w.flags = append(w.flags, "--allow-net", open.Addr)
	w.start()
	if status, said := m.registers("inside", closed); status != "failed" || !strings.Contains(said, "loopback") || closed.SignedIn() > 0 {
		t.Errorf("a host the operator did not open: %s, %s", status, said)
	}
	if status, said := m.registers("opened", open); status != "ready" {
		t.Fatalf("%s: %s", status, said)
	}
	job := turns("Be done.", map[string]any{"text": "done"})
	m.becomes(m.run("Work on it", job, map[string]any{"repository_id": m.rep}), 60*time.Second, "completed")
	open.Set(sshtest.Key(t))
	s := m.becomes(m.run("Work on it again", job, map[string]any{"repository_id": m.rep}), 60*time.Second, "failed", "completed")
	if s.Status != "failed" || !strings.Contains(s.reason(), "The SSH host key for") {
		t.Errorf("after the host's key changed it is %s: %s", s.Status, s.reason())
	}
}

// registers adds a repository on an SSH host to the team and waits for the end of its clone.
func (m *team) registers(name string, h *sshtest.Host) (status, said string) {
	m.w.t.Helper()
	var r struct{ ID string }
	m.post("/repositories", map[string]any{"name": name, "url": "ssh://git@" + h.Addr + "/r", "credential": h.ClientKey}, &r)
	m.rep = r.ID
	m.w.until("the clone of "+name+" has ended", 30*time.Second, func() bool {
		var list struct {
			Items []struct{ ID, Status, Progress string }
		}
		m.get("/repositories", &list)
		for _, one := range list.Items {
			if one.ID == r.ID {
				status, said = one.Status, one.Progress
			}
		}
		return status == "ready" || status == "failed"
	})
	return status, said
}
