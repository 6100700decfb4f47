package e2e

import (
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// What the server may hold more at the end than after a quarter of the sessions. Go's heap moves by some megabytes between two
// collections; descriptors are exact but for connections of this test.
const (
	moreMemory      = 24 // MB
	moreDescriptors = 8
)

// TestSoak runs sessions one after another, each of which leaves a hidden process behind, and compares what is there afterwards with
// what was there before: processes, directories and files, control groups, and the server's memory and descriptors. "make soak" runs
// it with two hundred.
func TestSoak(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("ORCHESTRATOR_SOAK"))
	if n == 0 {
		t.Skip("ORCHESTRATOR_SOAK is not set to a number of sessions: make soak sets it")
	}
	s := &soak{begun: time.Now()}
	s.w = newWorld(t, append(s.ownHost(t), "--opencode-idle", "1s")...)
	s.m = s.w.newTeam("acme", 10)
	s.one(0) // makes what stays: the team's user and its directories
	s.erase()
	before := s.paths()
	first := s.sample(0)
	quarter := first
	for i := 1; i <= n; i++ {
		s.one(i)
		if i%max(1, n/4) == 0 || i == n {
			last := s.sample(i)
			if quarter == first {
				quarter = last
			}
			s.compare(quarter, last)
		}
	}
	s.erase()
	s.sample(n)
	for _, path := range s.paths() {
		if !slices.Contains(before, path) {
			t.Errorf("left behind: %s", path)
		}
	}
}

type soak struct {
	w     *world
	m     *team
	begun time.Time
	ids   []string
	// groupDir is the directory of this server's control groups, or empty.
	groupDir string
	// firstUser is the user of the team's agents where they have one of their own.
	firstUser int
}

// figures are what is there after some sessions.
type soakFigures struct {
	processes, directories, groups, descriptors int
	memory                                      float64 // MB
}

// one runs a session to its end and waits until its agent's process has ended.
func (s *soak) one(i int) {
	s.w.t.Helper()
	id := s.m.run(fmt.Sprint("Soak ", i), turns("Work.",
		map[string]any{"text": "I write. ", "tools": tool("write", map[string]any{"filePath": "soak.txt", "content": fmt.Sprint(i, "\n")})},
		map[string]any{"text": "I hide. ", "tools": bash("(env -i setsid setsid sleep 3600 >/dev/null 2>&1 &); date")},
		map[string]any{"text": "done"}), nil)
	s.m.endsWell(id)
	s.ids = append(s.ids, id)
	s.w.until("the processes of session "+strconv.Itoa(i)+" have ended", time.Minute, func() bool { return len(s.processes()) == 0 })
}

// erase deletes the sessions, lets their time for a restore be over, and starts the server anew, which then erases them.
func (s *soak) erase() {
	t, w := s.w.t, s.w
	t.Helper()
	b := w.signedIn(canaries{})
	for _, id := range s.ids {
		s.deletes(b, id)
	}
	w.stop()
	d, err := sql.Open("sqlite", filepath.Join(w.dir, "data", "db", "orchestrator.db"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Exec(`UPDATE sessions SET deleted_at = deleted_at - $1 WHERE deleted_at IS NOT NULL`, (31 * 24 * time.Hour).Milliseconds())
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := res.RowsAffected(); int(n) != len(s.ids) {
		t.Fatalf("%d sessions were deleted, want %d", n, len(s.ids))
	}
	w.start()
	t.Cleanup(func() {
		if left := slices.DeleteFunc(s.paths(), func(p string) bool { return !s.isOfSession(p) }); t.Failed() && len(left) > 0 {
			t.Logf("of deleted sessions there are still: %q", left[:min(len(left), 20)])
		}
	})
	w.until("the sessions are erased", 2*time.Minute, func() bool { return !slices.ContainsFunc(s.paths(), s.isOfSession) })
	s.ids = nil
}

var hidden = regexp.MustCompile(`type="hidden" name="(csrf|team)" value="([^"]*)"`)

// deletes sends the form of the session's page.
func (s *soak) deletes(b *http.Client, id string) {
	t := s.w.t
	t.Helper()
	res, err := b.Get(s.w.url + "/t/acme/sessions/" + id)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	form := url.Values{}
	for _, m := range hidden.FindAllSubmatch(page, -1) {
		form.Set(string(m[1]), string(m[2]))
	}
	if answer := s.w.form(b, "/t/acme/sessions/"+id+"/delete", form); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("delete session %s: status %d, %v", id, answer.StatusCode, err)
	}
}

func (s *soak) isOfSession(path string) bool {
	return slices.ContainsFunc(s.ids, func(id string) bool { return strings.Contains(path, id) })
}

// paths are the files and directories of the server. The database is one file, and the objects of the bare clone stay until git
// collects them.
func (s *soak) paths() (all []string) {
	_ = filepath.WalkDir(filepath.Join(s.w.dir, "data"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Name() == "caches" { // of the repository, which stays
			return fs.SkipDir
		}
		if err == nil {
			all = append(all, strings.TrimPrefix(path, s.w.dir))
		}
		if err == nil && (e.Name() == "objects" || e.Name() == "db") {
			return fs.SkipDir
		}
		return nil
	})
	return all
}

// sample prints and returns what is there.
func (s *soak) sample(after int) (f soakFigures) {
	s.w.t.Helper()
	pid := s.w.srv.cmd.Process.Pid
	// The server's own git saves a session's work just after its end.
	for deadline := time.Now().Add(10 * time.Second); len(s.processes()) > 0 && time.Now().Before(deadline); {
		<-time.After(50 * time.Millisecond)
	}
	f.processes, f.groups, f.memory = len(s.processes()), len(s.groups()), s.w.anonymous()
	fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	f.descriptors = len(fds)
	for _, p := range s.paths() {
		if i, err := os.Stat(s.w.dir + p); err == nil && i.IsDir() {
			f.directories++
		}
	}
	fmt.Printf("soak: %3d sessions, %5.0f s: processes %d, control groups %d, directories %d, server's memory %.1f MB, descriptors %d\n",
		after, time.Since(s.begun).Seconds(), f.processes, f.groups, f.directories, f.memory, f.descriptors)
	return f
}

func (s *soak) compare(was, is soakFigures) {
	t := s.w.t
	t.Helper()
	if is.processes > 0 {
		t.Errorf("processes are left: %q", s.processes())
	}
	if is.groups > 0 {
		t.Errorf("control groups are left: %q", s.groups())
	}
	if is.memory > was.memory+moreMemory {
		t.Errorf("the server's memory went from %.1f to %.1f MB", was.memory, is.memory)
	}
	if is.descriptors > was.descriptors+moreDescriptors {
		t.Errorf("the server's descriptors went from %d to %d", was.descriptors, is.descriptors)
	}
}
