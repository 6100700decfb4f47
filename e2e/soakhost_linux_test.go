package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// processes are those that the server or an agent of it started, whatever they made of their parent, environment or name: its
// descendants, those of the team's user, and those that know the world's directory.
func (s *soak) processes() (all []string) {
	server := s.w.srv.cmd.Process.Pid
	parents, entries, found := map[int]int{}, map[int]string{}, map[int]bool{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid := atoi(filepath.Base(dir))
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		info, err2 := os.Stat(dir)
		if err != nil || err2 != nil || pid == server || pid == os.Getpid() {
			continue
		}
		rest := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		parents[pid] = atoi(rest[1])
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		env, _ := os.ReadFile(filepath.Join(dir, "environ"))
		uid := info.Sys().(*syscall.Stat_t).Uid
		entries[pid] = fmt.Sprintf("%d state %s user %d: %s", pid, rest[0], uid, bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		if int(uid) == s.firstUser || bytes.Contains(env, []byte(s.w.dir+"/data")) || bytes.Contains(line, []byte(s.w.dir+"/data")) {
			found[pid] = true
		}
	}
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			found[pid] = found[pid] || up == server
		}
	}
	for pid := range found {
		if found[pid] {
			all = append(all, entries[pid])
		}
	}
	return all
}

// ownHost gives the server system users and a directory of control groups that no other server of this machine has.
func (s *soak) ownHost(t *testing.T) (flags []string) {
	const each = 10
	s.firstUser = 1_700_000_000 + os.Getpid()*each
	flags = []string{"--agent-uids", fmt.Sprintf("%d:%d", s.firstUser, each)}
	if g := sandbox.Probe().Groups; g != nil {
		s.groupDir = filepath.Join(g.Dir(), fmt.Sprint("soak-", os.Getpid()))
		if err := os.Mkdir(s.groupDir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Remove(s.groupDir) })
		flags = append(flags, "--agent-cgroup", s.groupDir)
	}
	return flags
}

// groups are the control groups of agents.
func (s *soak) groups() (all []string) {
	if s.groupDir == "" {
		return nil
	}
	_ = filepath.WalkDir(s.groupDir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && path != s.groupDir && e.Name() != "orchestrator-server" {
			all = append(all, path)
		}
		return nil
	})
	return all
}

// anonymous is the server's private memory in megabytes.
func (w *world) anonymous() float64 {
	w.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.srv.cmd.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	line, _, _ := strings.Cut(rest, "kB")
	kib, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return kib / 1024
}
