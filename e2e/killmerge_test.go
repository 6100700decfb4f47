package e2e

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mergeCourses are the ways of a session's work through the merge queue of its repository.
var mergeCourses = []course{
	{name: "a merge", world: mergingWorld, begin: heldBack, check: mergedOnce, stages: []stage{
		{name: "it waits in the held queue", do: posting("merge"), reached: isEntry("waiting", "checking", "merged")},
		{name: "its checks run", do: releasing, reached: checkRuns},
		{name: "the base is written", lets: checkPasses, reached: baseIsWritten},
		{name: "it is merged", lets: unlocks, reached: isEntry("merged")},
	}},
	{name: "taken out and put back", world: mergingWorld, begin: func(m *team, gate string) *taken { return m.finished(gate) }, check: mergedOnce, stages: []stage{
		{name: "its checks run", do: posting("merge"), reached: checkRuns},
		{name: "it is taken out", do: moving("remove"), reached: isEntry("removed")},
		{name: "it is put back", do: moving("retry"), reached: isEntry("waiting", "checking", "merged")},
		{name: "its checks run again", reached: checkRuns},
		{name: "it is merged", lets: unlocks, reached: isEntry("merged")},
	}},
}

// mergeQueueJSON is a merge queue as these tests read it.
type mergeQueueJSON struct {
	Items, Left []mergeEntryJSON
	Runs        []struct{ Tree, Verdict string }
	Stopped     string
}

type mergeEntryJSON struct {
	ID, Status, Note string
	SessionID        string `json:"session_id"`
}

func (c *taken) queue() (q mergeQueueJSON) {
	c.w.t.Helper()
	c.get("/repositories/"+c.rep+"/merge-queue", &q)
	if q.Stopped != "" {
		c.w.t.Fatalf("the queue stopped: %s", q.Stopped)
	}
	return q
}

// entry is the newest entry of the session, in the queue or out of it.
func (c *taken) entry() (e mergeEntryJSON) {
	c.w.t.Helper()
	q := c.queue()
	for _, e := range slices.Concat(q.Items, q.Left) {
		if e.SessionID == c.id {
			return e
		}
	}
	return e
}

// heldBack is a finished session whose repository has a held queue and a base that another git has locked.
func heldBack(m *team, gate string) *taken {
	m.w.t.Helper()
	c := m.finished(gate)
	c.post("/repositories/"+c.rep+"/merge-queue/hold", map[string]string{"reason": "the test holds it"}, nil)
	m.w.write(c.lock(), "")
	return c
}

func (c *taken) lock() string {
	return filepath.Join(c.w.dir, "git", "main", ".git", "refs", "heads", "main.lock")
}

func posting(verb string) func(*taken) (string, any) {
	return func(c *taken) (string, any) { return "/sessions/" + c.id + "/" + verb, map[string]any{} }
}

func releasing(c *taken) (string, any) {
	return "/repositories/" + c.rep + "/merge-queue/hold", map[string]string{"reason": ""}
}

func moving(verb string) func(*taken) (string, any) {
	return func(c *taken) (string, any) { return "/merge-queue/" + c.entry().ID + "/" + verb, map[string]any{} }
}

func isEntry(status ...string) func(*taken) bool {
	return func(c *taken) bool { return slices.Contains(status, c.entry().Status) }
}

// mergeTree is the tree in which the queue checks, or empty.
func (c *taken) mergeTree() (dir string) {
	_ = filepath.WalkDir(filepath.Join(c.w.dir, "data", "teams"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "/merge/tree") {
			dir = path
			return fs.SkipAll
		}
		return nil
	})
	return dir
}

// checkRuns reports whether the check waits in the merged tree of this session, or has waited there.
func checkRuns(c *taken) bool {
	dir := c.mergeTree()
	_, running := os.Stat(filepath.Join(dir, "checking"))
	_, mine := os.Stat(filepath.Join(dir, c.gate+".txt"))
	return dir != "" && running == nil && mine == nil && isEntry("checking")(c) || isEntry("merged")(c)
}

// checkPasses ends the check that waits. Its tree can be deleted meanwhile.
func checkPasses(c *taken) {
	if dir := c.mergeTree(); dir != "" && checkRuns(c) {
		if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.w.t.Fatal(err)
		}
	}
}

// baseIsWritten reports whether a git of the server waits for the lock of the base.
func baseIsWritten(c *taken) bool {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	return isEntry("merged")(c) || slices.ContainsFunc(lines, func(file string) bool {
		line, err := os.ReadFile(file)
		program, args, _ := bytes.Cut(line, []byte{0})
		return err == nil && filepath.Base(string(program)) == "git" && bytes.Contains(args, []byte("--git-dir="+filepath.Join(c.w.dir, "git"))) && bytes.Contains(args, []byte("update-ref\x00--no-deref"))
	})
}

// unlocks lets everything pass that waits for the test.
func unlocks(c *taken) {
	checkPasses(c)
	if err := os.Remove(c.lock()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.w.t.Fatal(err)
	}
}

// mergedOnce: the base has the work once, its tree is one whose checks have passed, and the queue and the outcome say so.
func mergedOnce(c *taken) {
	c.w.t.Helper()
	main := filepath.Join(c.w.dir, "git", "main")
	if n := strings.Count(c.w.git(main, "log", "--format=%B", "main"), "Orchestrator-Session: "+c.id); n != 1 {
		c.w.t.Errorf("the base has the work %d times", n)
	}
	tree := c.w.git(main, "rev-parse", "main^{tree}")
	q, merged := c.queue(), 0
	passed := false
	for _, r := range q.Runs {
		passed = passed || r.Tree == tree && r.Verdict == "passed"
	}
	if !passed {
		c.w.t.Errorf("no checks passed on the tree of the base %s: %+v", tree, q.Runs)
	}
	for _, e := range slices.Concat(q.Items, q.Left) {
		if e.SessionID == c.id && e.Status != "removed" {
			merged++
		}
	}
	var outcomes struct {
		Items []struct {
			MergedCommit string `json:"merged_commit"`
		}
	}
	c.get("/sessions/"+c.id+"/outcomes", &outcomes)
	if tip := c.w.git(main, "rev-parse", "main"); merged != 1 || len(outcomes.Items) != 1 || outcomes.Items[0].MergedCommit != tip {
		c.w.t.Errorf("%d entries, outcomes %+v, the base is at %s", merged, outcomes.Items, tip)
	}
}
