package e2e

import (
	"strings"
	"testing"
)

// The isolation check runs against the real server, with its loops and agents.
func TestDoctorFindsNoLeakInTheRealServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newTeam("acme", 1)
	out := w.command("", "doctor", "isolation", "--url", w.url)
	if strings.Contains(out, "LEAK") || strings.Count(out, "no leaks") < 20 {
		t.Errorf("doctor isolation printed\n%s", out)
	}
}
