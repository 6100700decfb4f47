package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/git/sshtest"
)

// TestRemoteCommandsTakeTheWork takes a session's work from the command line: as a patch, a fetched branch, a pushed branch and a merge through
// the queue, from a repository over ssh, and goes back to a checkpoint.
func TestRemoteCommandsTakeTheWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	bare, here := filepath.Join(w.dir, "bare"), filepath.Join(w.dir, "here")
	w.git(w.dir, "clone", "-q", "--bare", filepath.Join(w.dir, "git", "main"), bare)
	w.git(w.dir, "init", "-q", here)
	w.stop()
	host := sshtest.New(t, "127.0.0.1:0", bare, sshtest.Key(t))
	w.flags = append(w.flags, "--allow-net", host.Addr)
	w.start()
	must := func(code int, stdin string, args ...string) string {
		t.Helper()
		out, said, got := m.remoteIn(here, stdin, args...)
		if got != code {
			t.Fatalf("orchestrator %s: exit %d, not %d\n%s%s", strings.Join(args, " "), got, code, out, said)
		}
		return out
	}
	wants := func(part string, args ...string) {
		t.Helper()
		if out := must(0, "", args...); !strings.Contains(out, part) {
			t.Errorf("orchestrator %s does not print %q:\n%s", strings.Join(args, " "), part, out)
		}
	}
	must(0, m.token+"\n", "login", "--address", w.url)
	must(0, host.ClientKey, "repo", "add", "team/far", "--url", "ssh://git@"+host.Addr+"/r", "--check", "sh test.sh", "--credential-file", "-")
	w.until("the repository is cloned", 60*time.Second, func() bool { return strings.Contains(must(0, "", "repo", "show", "team/far"), "ready") })
	greets := turns("Make it greet.", map[string]any{"text": "I change it. ", "tools": tool("write", map[string]any{"filePath": "greeting.txt", "content": "hello\n"})}, map[string]any{"text": "Done."})
	var s client.Session
	if err := json.Unmarshal([]byte(must(0, greets, "session", "run", "-", "--title", "Greet people", "--repo", "team/far", "--wait", "--json")), &s); err != nil {
		t.Fatal(err)
	}
	wants("1 passed", "session", "outcomes", s.ID)
	must(0, "", "session", "take", s.ID, "--patch", "-o", "work.patch")
	if text, err := os.ReadFile(filepath.Join(here, "work.patch")); err != nil || !strings.Contains(string(text), "+hello") {
		t.Errorf("the patch is %q, %v", text, err)
	}
	wants("git switch -c NAME "+s.Branch, "session", "take", s.ID, "--fetch")
	if text := w.git(here, "show", s.Branch+":greeting.txt"); text != "hello" {
		t.Errorf("the fetched branch greets with %q", text)
	}
	wants("to cli/fix: ", "session", "take", s.ID, "--push", "--branch", "cli/fix")
	if text := w.git(bare, "show", "cli/fix:greeting.txt"); text != "hello" {
		t.Errorf("the pushed branch greets with %q", text)
	}
	wants("pushed to cli/fix", "session", "outcomes", s.ID)
	wants("1 passed  pushed", "session", "list")
	must(1, "", "session", "take", s.ID, "--pull-request") // the repository has no forge
	must(1, "", "repo", "forge", "show", "team/far")
	wants(" is merged: Greet people", "session", "take", s.ID, "--merge", "--wait")
	wants(" merged ", "repo", "merge-queue", "team/far", "--runs")
	if text := w.git(bare, "show", "main:greeting.txt"); text != "hello" {
		t.Errorf("main greets with %q", text)
	}
	if _, said, code := m.remote("", "merge-queue", "retry", s.ID); code != 1 {
		t.Errorf("a retry of what is merged: exit %d, %s", code, said)
	}
	wants("held", "repo", "merge-queue", "team/far", "--hold", "held for a test")
	must(0, "", "repo", "merge-queue", "team/far", "--release")

	wants("turn", "session", "checkpoint", "list", s.ID)
	wants("Checkpoint 2: ", "session", "checkpoint", "create", s.ID, "--note", "it greets")
	wants("before is checkpoint 3", "session", "restore", s.ID, "1")
	must(0, "", "session", "checkpoint", "compare", s.ID, "1", "2")
	wants("pending", "session", "fork", s.ID, "--checkpoint", "1", "--title", "Again", "--draft")
}

// TestRemoteFollowAtATerminal answers an approval of a real session at a pseudo-terminal, after Ctrl-C at the prompt has left it open.
func TestRemoteFollowAtATerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	if _, said, code := m.remote(m.token+"\n", "login", "--address", w.url); code != 0 {
		t.Fatal(said)
	}
	id := m.run("Greet people", mainJob, nil)
	asks := regexp.MustCompile(`leave it open: $`)
	follow := func() (*os.File, *process) {
		t.Helper()
		p := &process{cmd: m.remoteCommand("session", "follow", id), done: make(chan struct{}), out: &output{grown: make(chan struct{})}}
		p.cmd.Env = append(p.cmd.Env, "TERM=xterm")
		keys, err := pty.StartWithSize(p.cmd, &pty.Winsize{Rows: 24, Cols: 80})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = keys.Close() })
		read := make(chan struct{})
		go func() { // the end of a terminal is an error of its reader
			_, _ = keys.WriteTo(p.out)
			close(read)
		}()
		go func() { p.err = p.cmd.Wait(); <-read; close(p.done) }()
		p.out.await(t, p, asks)
		return keys, p
	}
	ends := func(p *process, code int, says string) {
		t.Helper()
		<-p.done
		text, _ := p.out.snapshot()
		var exit *exec.ExitError
		if p.err != nil && !errors.As(p.err, &exit) || p.cmd.ProcessState.ExitCode() != code || !strings.Contains(string(text), says) {
			t.Errorf("exit %v, not %d: %s", p.err, code, text)
		}
	}
	keys, p := follow()
	if text, _ := p.out.snapshot(); !strings.Contains(string(text), "  sh test.sh\r\n") {
		t.Errorf("the terminal shows %s", text)
	}
	if _, err := keys.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	ends(p, 130, "Detached.")
	keys, p = follow()
	if _, err := keys.WriteString("o\n"); err != nil {
		t.Fatal(err)
	}
	ends(p, 0, "It greets now.")
	m.becomes(id, 60*time.Second, "completed")
}
