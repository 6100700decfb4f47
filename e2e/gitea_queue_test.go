package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// theBatch is a repository and the pieces of work that sessions do in it. Each piece passes the check alone. With one, two fails, and four
// has a conflict.
var (
	theBatch = map[string]string{"greeting.txt": "goodbye\n", "test.sh": "test ! -e one.txt || test ! -e two.txt\n"}
	pieces   = map[string]map[string]string{"one": {"one.txt": "1\n", "greeting.txt": "hello one\n"}, "two": {"two.txt": "2\n"}, "three": {"three.txt": "3\n"},
		"four": {"greeting.txt": "hello four\n"}, "five": {"five.txt": "5\n"}}
)

// piece is the prompt of a session that does a piece of work.
func piece(name string) string {
	var calls []any
	for file, text := range pieces[name] {
		calls = append(calls, tool("write", map[string]any{"filePath": file, "content": text})...)
	}
	return turns("Write "+name+".", map[string]any{"tools": calls}, map[string]any{"text": "It is written."})
}

// works has a session do each piece, and returns their IDs by name.
func (m *team) works(names ...string) map[string]string {
	m.w.t.Helper()
	ids := map[string]string{}
	for _, name := range names {
		ids[name] = m.run(name, piece(name), nil)
	}
	m.written(ids)
	return ids
}

// written waits until sessions have done their work, and the checks pass with it.
func (m *team) written(ids map[string]string) {
	m.w.t.Helper()
	for name, id := range ids {
		if s := m.becomes(id, 180*time.Second, "completed", "failed"); s.Status != "completed" || s.Checks.Passed != 1 || s.Checks.Failed != 0 {
			m.w.t.Fatalf("%s is %s (%s), checks %+v", name, s.Status, s.reason(), s.Checks)
		}
	}
}

// untilQueue waits for a state of the merge queue, which must not stop by itself.
func (m *team) untilQueue(what string, ok func(client.MergeQueue) bool) (q client.MergeQueue) {
	m.w.t.Helper()
	m.w.until("the merge queue "+what, 240*time.Second, func() bool {
		var err error
		if q, err = m.client().MergeQueue(m.w.t.Context(), m.rep); err != nil || q.Stopped != "" {
			m.w.t.Fatalf("the merge queue stopped: %q, %v", q.Stopped, err)
		}
		return ok(q)
	})
	return q
}

// wantBatch waits until the queue has worked on the pieces one to four, and checks what became of each.
func (m *team) wantBatch(ids map[string]string) client.MergeQueue {
	m.w.t.Helper()
	q := m.untilQueue("is empty", func(q client.MergeQueue) bool { return len(q.Items) == 0 })
	m.wantLeft(q, ids["one"], "merged", "")
	m.wantLeft(q, ids["two"], "taken_out", "sh test.sh fails with it, and passes without it.")
	m.wantLeft(q, ids["three"], "merged", "")
	e := m.wantLeft(q, ids["four"], "taken_out", "It conflicts with main in greeting.txt.")
	if !slices.Equal(e.Conflicts, []string{"greeting.txt"}) {
		m.w.t.Errorf("the conflicts are in %q", e.Conflicts)
	}
	return q
}

// wantLeft finds the entry of a session that left the queue, and checks how.
func (m *team) wantLeft(q client.MergeQueue, session, status, note string) client.MergeEntry {
	m.w.t.Helper()
	i := slices.IndexFunc(q.Left, func(e client.MergeEntry) bool { return e.SessionID == session })
	if i < 0 {
		m.w.t.Fatalf("session %s did not leave the queue: %+v", session, q)
	}
	if e := q.Left[i]; e.Status != status || !strings.HasPrefix(e.Note, note) {
		m.w.t.Errorf("%s left as %s: %q", e.SessionTitle, e.Status, e.Note)
	}
	return q.Left[i]
}

// wantBisected checks that the pieces one to three were checked together, failed twice, and were then divided.
func wantBisected(t *testing.T, q client.MergeQueue) {
	t.Helper()
	var whole, parts int
	for _, r := range q.Runs {
		switch {
		case len(r.EntryIDs) == 3 && r.Verdict == "failed" && r.Tries == 2:
			whole++
		case len(r.EntryIDs) < 3:
			parts++
		}
	}
	if whole != 1 || parts == 0 {
		t.Errorf("it was not bisected: %+v", q.Runs)
	}
}

// hasPieces checks which files a branch of a repository has, and that its greeting is that of one.
func (w *world) hasPieces(bare, branch, want string) {
	w.t.Helper()
	if files := strings.Join(strings.Fields(w.git(bare, "ls-tree", "--name-only", branch, "one.txt", "two.txt", "three.txt", "four.txt", "five.txt")), " "); files != want {
		w.t.Errorf("%s of %s has %q, not %q", branch, filepath.Base(bare), files, want)
	}
	if text := w.git(bare, "show", branch+":greeting.txt"); text != "hello one" {
		w.t.Errorf("%s of %s greets with %q", branch, filepath.Base(bare), text)
	}
}

// The queue lands on a branch that the forge protects by pull requests of exactly what was checked, when the forge's own check has passed.
func TestProtectedBranchOnGitea(t *testing.T) {
	t.Parallel()
	g := newGitea(t)
	g.fill("site", theBatch)
	g.call(http.MethodPost, "/repos/bot/site/branch_protections", map[string]any{"rule_name": "main", "enable_push": false, "enable_status_check": true, "status_check_contexts": []string{"ci/build"},
		"block_on_outdated_branch": true}, nil)
	w := newWorld(t, "--allow-net", g.web, "--ca-file", g.ca)
	m := w.newTeam("acme", 10)
	m.onGitea(g, "site", client.NewRepository{Name: "https", URL: "https://" + g.web + "/bot/site.git", Credential: g.token, CheckCommands: []string{"sh test.sh"}})
	ids := m.works("one", "two", "three", "four", "five")
	for _, name := range []string{"one", "two", "three", "four", "five"} {
		if _, err := m.client().MergeSession(t.Context(), ids[name]); err != nil {
			t.Fatal(err)
		}
	}
	m.landsBy(g, ids["one"], "success")
	m.landsBy(g, ids["three"], "success")
	m.landsBy(g, ids["five"], "failure")
	q := m.wantBatch(ids)
	m.wantLeft(q, ids["five"], "taken_out", "A check failed on "+g.web)
	w.hasPieces(g.bare("site"), "main", "one.txt three.txt")
	if open := m.openPulls(g, "site"); open != 0 {
		t.Errorf("%d pull requests are open", open)
	}
	for name, pulls := range map[string]int{"one": 1, "two": 0, "three": 1, "four": 0, "five": 1} {
		if got := len(slices.DeleteFunc(m.events(ids[name]), func(e eventJSON) bool {
			return e.Type != "session.pull" || !strings.Contains(string(e.Data), `"opened"`)
		})); got != pulls {
			t.Errorf("%s had %d pull requests, not %d", name, got, pulls)
		}
	}
}

// openPulls counts the open pull requests of a repository of bot.
func (m *team) openPulls(g *giteaHost, name string) int {
	m.w.t.Helper()
	var all []struct{ Number int }
	g.call(http.MethodGet, "/repos/bot/"+name+"/pulls?state=open", nil, &all)
	return len(all)
}

// landsBy waits for the pull request of a session in the queue, which the forge does not merge yet, compares it with what was checked, and
// sends the forge the result of its own check.
func (m *team) landsBy(g *giteaHost, session, result string) {
	m.w.t.Helper()
	var e client.MergeEntry
	q := m.untilQueue("waits for the forge's check", func(q client.MergeQueue) bool {
		i := slices.IndexFunc(q.Items, func(e client.MergeEntry) bool { return e.SessionID == session })
		if i >= 0 {
			e = q.Items[i]
		}
		return i >= 0 && e.PullRequest > 0 && strings.Contains(q.Waits, "required checks")
	})
	var p struct{ Head, Base struct{ Ref, SHA string } }
	g.call(http.MethodGet, fmt.Sprintf("/repos/bot/site/pulls/%d", e.PullRequest), nil, &p)
	tree := func(commit string) string { return m.w.git(g.bare("site"), "rev-parse", commit+"^{tree}") }
	checked := slices.ContainsFunc(q.Runs, func(r client.MergeRun) bool {
		return r.Tree == tree(p.Head.SHA) && r.Verdict == "passed" && len(r.EntryIDs) == 1 && r.EntryIDs[0] == e.ID
	})
	if !checked || p.Base.SHA != q.BaseCommit || !strings.HasPrefix(p.Head.Ref, "orchestrator/merge-queue/") {
		m.w.t.Errorf("pull request #%d is %+v, the checks ran on %+v, on %s", e.PullRequest, p, q.Runs, q.BaseCommit)
	}
	g.call(http.MethodPost, "/repos/bot/site/statuses/"+p.Head.SHA, map[string]any{"state": result, "context": "ci/build"}, nil)
	q = m.untilQueue("is done with "+e.SessionTitle, func(q client.MergeQueue) bool {
		return slices.ContainsFunc(q.Left, func(left client.MergeEntry) bool { return left.ID == e.ID })
	})
	merged := g.merged("site", e.PullRequest)
	if left := m.wantLeft(q, session, map[string]string{"success": "merged", "failure": "taken_out"}[result], ""); left.MergedCommit != merged {
		m.w.t.Errorf("%s was merged as %q, Gitea says %q", left.SessionTitle, left.MergedCommit, merged)
	}
	if merged != "" && (m.w.git(g.bare("site"), "rev-parse", merged+"^2") != p.Head.SHA || tree(merged) != tree(p.Head.SHA)) {
		m.w.t.Errorf("%s is no merge of exactly %s", merged, p.Head.SHA)
	}
}
