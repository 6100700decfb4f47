package e2e

import (
	"net/http"
	"regexp"
	"testing"
	"time"
)

var startedAt = regexp.MustCompile(`started OpenCode.* port=(\d+)`)

// T-16: the agent's own server listens on loopback alone and does nothing for who has not its password.
func TestT16TheAgentsServerAsksForItsPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	m.becomes(m.run("Say a word", turns("Talk.", map[string]any{"text": "word"}), nil), 60*time.Second, "completed")
	port := w.srv.out.await(t, w.srv, startedAt)[1]
	for _, path := range []string{"/session", "/config", "/global/event", "/event", "/doc", "/"} {
		req, _ := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+port+path, nil)
		if a := ask(t, req); a.status != http.StatusUnauthorized {
			t.Errorf("%s answers a stranger with %d", path, a.status)
		}
	}
}
