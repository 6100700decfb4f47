package sandbox_test

import (
	"io"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// TestDeletedFilesOfACommandAreTheSessions: the broker marks each command with a tag of its own, and a command can destroy half of it.
func TestDeletedFilesOfACommandAreTheSessions(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{"whole": "", "first half gone": "ulimit -x 7; ", "second half gone": "ulimit -R 7; "} {
		for _, w := range ways() {
			t.Run(name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				h.name = "deleted-" + name + w.name
				s := h.start(t, w, `"$SHELL" -c "$1"; read`, first+`exec 5>a > out; rm a; head -c 4194304 /dev/zero >&5; echo up; sleep 600`)
				must(t, s.out.SetReadDeadline(time.Now().Add(60*time.Second)))
				_, err := io.ReadFull(s.out, make([]byte, 3))
				must(t, err)
				if n, err := sandbox.Unlinked(h.name, h.tree); err != nil || n < 4<<20 || n > 5<<20 {
					t.Errorf("4 MiB are open: %d, %v", n, err)
				}
				if n, err := sandbox.Unlinked(h.name+"-other", h.tree); err != nil || n != 0 {
					t.Errorf("they count for another session: %d, %v", n, err)
				}
				must(t, unix.Kill(s.pid, unix.SIGKILL))
			})
		}
	}
}
