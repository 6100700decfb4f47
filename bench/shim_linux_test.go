package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox/shim"
)

// BenchmarkShim measures the start and end of the real binary as what OpenCode starts instead of its shell, where nobody answers it, and
// as the server that it else is; and a whole command of an agent, with the broker that starts it.
func BenchmarkShim(b *testing.B) {
	path := binary(b)
	for b.Loop() {
		h := newCell(b)
		link := filepath.Join(filepath.Dir(h.tree), shim.Shell)
		check(b, os.Symlink(path, link))
		report50and99(b, "the shell's shim starts and ends", h.failures(func() *exec.Cmd {
			c := exec.Command(link, "-c", "true")
			c.Env = []string{shim.SocketVar + "=" + filepath.Dir(h.tree) + "/nobody"}
			return c
		}))
		report50and99(b, "the whole binary starts and ends", h.failures(func() *exec.Cmd { return exec.Command(path, "__sandbox") }))
		report(b, "a command through the broker, mean", h.brokered(b), "ms")
	}
}

// failures are the times of programs that end with an error at once.
func (c cell) failures(command func() *exec.Cmd) (all times) {
	for range entries {
		cmd := command()
		begun := time.Now()
		_ = cmd.Run() // it has nobody to ask
		all = append(all, time.Since(begun))
	}
	return all
}

// brokered returns the milliseconds of one command out of many that an agent server has its broker run.
func (c cell) brokered(b *testing.B) float64 {
	b.Helper()
	dir := filepath.Dir(c.tree)
	link, err := sandbox.InstallShell(filepath.Join(dir, "bin"))
	check(b, err)
	shell := sandbox.Shell{Session: "bench", Tree: c.tree, Home: filepath.Join(dir, "shell"), Socket: filepath.Join(dir, "run", "shell")}
	check(b, shell.MakeHome())
	env, err := shell.Environ(link)
	check(b, err)
	var spent [2]time.Duration
	for i, script := range []string{`true`, `for i in {1..50}; do "$SHELL" -c true; done`} {
		cmd, err := sandbox.Command(b.Context(), sandbox.Spec{Argv: []string{"/bin/bash", "-c", script}, Dir: c.tree, Env: env, Shell: &shell, ReadWrite: []string{c.tree},
			Namespaces: true, DieWithParent: true})
		check(b, err)
		begun := time.Now()
		check(b, cmd.Run())
		spent[i] = time.Since(begun)
	}
	return float64((spent[1] - spent[0]).Microseconds()) / 1000 / 50
}
