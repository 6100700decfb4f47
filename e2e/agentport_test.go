package e2e

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

var startedAt = regexp.MustCompile(`started OpenCode.* port=(\d+)`)

// T-16: the agent's server listens only on loopback (that of its separate network, if the host supports it) and rejects requests
// without its password.
func TestT16TheAgentsServerAsksForItsPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	m.becomes(m.run("Say a word", turns("Talk.", map[string]any{"text": "word"}), nil), 60*time.Second, "completed")
	port := w.srv.out.await(t, w.srv, startedAt)[1]
	client := w.stranger(port)
	for _, path := range []string{"/session", "/config", "/global/event", "/event", "/doc", "/"} {
		a, err := client.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s answers a stranger with %d", path, a.StatusCode)
		}
	}
}

// stranger connects to an agent's server in the same way as the orchestrator: through its bridge, if it has a separate network. In
// that case there is no listener on the host's loopback.
func (w *world) stranger(port string) *http.Client {
	w.t.Helper()
	sockets, err := filepath.Glob(filepath.Join(w.dir, "data", "run", "*-"+port))
	if err != nil || len(sockets) == 0 {
		return patient
	}
	if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
		_ = c.Close()
		w.t.Errorf("the agent's port %s is open on the host", port)
	}
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return sandbox.DialSocket(sockets[0])
	}}}
}
