package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// entries is the number of starts per figure.
const entries = 50

// BenchmarkSandbox measures the start and end of the same small program without a sandbox and in each domain.
func BenchmarkSandbox(b *testing.B) {
	for b.Loop() {
		h := newCell(b)
		report50and99(b, "no sandbox", h.times(b, func() *exec.Cmd { return exec.Command("/bin/true") }))
		report50and99(b, "shell: files, ports, calls", h.times(b, func() *exec.Cmd { return h.start(b, func(*sandbox.Spec) {}) }))
		host := sandbox.Probe()
		if host.Processes {
			report50and99(b, "agent server: own processes and files", h.times(b, func() *exec.Cmd { return h.start(b, h.server) }))
		}
		if host.Users && host.Network {
			report50and99(b, "agent server: own user and network too", h.times(b, func() *exec.Cmd { return h.start(b, h.alone) }))
		}
	}
}

// cell is a tree that a program may write to, with a bridge to the outside.
type cell struct{ tree, door string }

func newCell(b *testing.B) cell {
	b.Helper()
	dir, err := filepath.EvalSymlinks(b.TempDir())
	check(b, err)
	c := cell{tree: filepath.Join(dir, "tree"), door: filepath.Join(dir, "door")}
	check(b, os.Mkdir(c.tree, 0o700))
	l, err := sandbox.ListenSocket(c.door)
	check(b, err)
	b.Cleanup(func() { _ = l.Close() })
	return c
}

func (c cell) server(s *sandbox.Spec) { s.Namespaces = true }

func (c cell) alone(s *sandbox.Spec) {
	s.Namespaces, s.OwnNetwork, s.UID = true, true, 1_950_000_000
	s.ConnectTCP, s.Out = []uint16{4000}, []sandbox.Bridge{{Port: 4000, Socket: c.door}}
	s.In = []sandbox.Bridge{{Port: 4001, Socket: c.door + "-in"}}
}

func (c cell) start(b *testing.B, change func(*sandbox.Spec)) *exec.Cmd {
	b.Helper()
	s := sandbox.Spec{Argv: []string{"/bin/true"}, Dir: c.tree, ReadWrite: []string{c.tree}, DieWithParent: true,
		Limits: sandbox.Limits{FileSize: 1 << 30, OpenFiles: 4096, Processes: 1024}}
	change(&s)
	check(b, sandbox.Own(c.tree, s.UID))
	cmd, err := sandbox.Command(b.Context(), s)
	check(b, err)
	return cmd
}

func (c cell) times(b *testing.B, command func() *exec.Cmd) (all times) {
	b.Helper()
	for range entries {
		cmd := command()
		begun := time.Now()
		check(b, cmd.Run())
		all = append(all, time.Since(begun))
	}
	return all
}
