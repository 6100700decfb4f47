package e2e

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/git/sshtest"
)

// far is a repository that work leaves to: over https or ssh on Gitea, or local.
type far struct {
	client.NewRepository
	bare string // its directory on this host
}

// threeFar makes a repository of each kind with the batch's files, and starts a server that can reach them and writes to the local one.
func threeFar(t *testing.T) (g *giteaHost, m *team, all []far) {
	t.Helper()
	g = newGitea(t)
	local, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "--allow-net", g.web, "--allow-net", g.ssh, "--ca-file", g.ca, "--repo-root", "acme="+local+":rw")
	m = w.newTeam("acme", 10)
	for _, name := range []string{"https", "ssh"} {
		g.fill(name, theBatch)
	}
	w.git(w.dir, "clone", "-q", "--bare", g.bare("https"), filepath.Join(local, "local"))
	key := sshtest.New(t, "127.0.0.1:0", w.dir, sshtest.Key(t)).ClientKey
	g.letIn("ssh", key)
	return g, m, []far{{client.NewRepository{Name: "https", URL: "https://" + g.web + "/bot/https.git", Credential: g.token}, g.bare("https")},
		{client.NewRepository{Name: "ssh", URL: "ssh://git@" + g.ssh + "/bot/ssh.git", Credential: key}, g.bare("ssh")},
		{client.NewRepository{Name: "local", Path: filepath.Join(local, "local")}, filepath.Join(local, "local")}}
}

// shellOf is the command line of the team's lead, in a directory with an empty git repository.
type shellOf struct {
	m    *team
	here string
}

// must runs a remote command, which must end with a code, and returns what it prints.
func (s shellOf) must(code int, stdin string, args ...string) string {
	s.m.w.t.Helper()
	out, said, got := s.m.remoteIn(s.here, stdin, args...)
	if got != code {
		s.m.w.t.Fatalf("orchestrator %s: exit %d, not %d\n%s%s", strings.Join(args, " "), got, code, out, said)
	}
	return out
}

// wants checks that a command prints a text.
func (s shellOf) wants(part string, args ...string) string {
	s.m.w.t.Helper()
	out := s.must(0, "", args...)
	if !strings.Contains(out, part) {
		s.m.w.t.Errorf("orchestrator %s does not print %q:\n%s", strings.Join(args, " "), part, out)
	}
	return out
}

// TestTheCommandLineTakesWorkToGitea takes the work of sessions by every way of the command line, from a repository over https, one over ssh
// and a local one: patch, fetched branch, pushed branch, merge through the queue with a conflict and a batch that is bisected, and pull request.
func TestTheCommandLineTakesWorkToGitea(t *testing.T) {
	t.Parallel()
	g, m, all := threeFar(t)
	for _, r := range all {
		s := shellOf{m, filepath.Join(m.w.dir, "here-"+r.Name)}
		m.w.git(m.w.dir, "init", "-q", s.here)
		s.must(0, m.token+"\n", "login", "--address", m.w.url)
		s.adds(g, r)
		ids := map[string]string{}
		for _, name := range []string{"one", "two", "three", "four"} {
			var made client.Session
			if err := json.Unmarshal([]byte(s.must(0, piece(name), "session", "run", "-", "--title", name, "--repo", r.Name, "--json")), &made); err != nil {
				t.Fatal(err)
			}
			ids[name] = made.ID
		}
		m.written(ids)
		s.takesCopies(r, m.session(ids["one"]).Session)
		s.merges(r, ids)
		s.opensPull(g, r, ids["two"])
	}
}

// adds registers the repository and its forge.
func (s shellOf) adds(g *giteaHost, r far) {
	s.m.w.t.Helper()
	if r.Path != "" {
		s.must(0, "", "repo", "add", r.Name, "--path", r.Path, "--check", "sh test.sh")
	} else {
		s.must(0, r.Credential, "repo", "add", r.Name, "--url", r.URL, "--check", "sh test.sh", "--credential-file", "-")
	}
	s.m.w.until("the repository is cloned", 60*time.Second, func() bool {
		var now client.Repository
		if err := json.Unmarshal([]byte(s.must(0, "", "repo", "show", r.Name, "--json")), &now); err != nil || now.Status == "failed" {
			s.m.w.t.Fatalf("%s: %s %v", r.Name, now.Progress, err)
		}
		s.m.rep = now.ID
		return now.Status == "ready"
	})
	if r.URL != "" {
		s.must(0, g.token+"\n", "repo", "forge", "set", r.Name, "--kind", "gitea", "--api-url", "https://"+g.web+"/api/v1", "--project", "bot/"+r.Name, "--token-file", "-")
	}
}

// takesCopies fetches the work, compares the patch with it, and pushes it.
func (s shellOf) takesCopies(r far, v client.Session) {
	w := s.m.w
	w.t.Helper()
	s.wants("git switch -c NAME "+v.Branch, "session", "take", v.ID, "--fetch")
	s.must(0, "", "session", "take", v.ID, "--patch", "-o", "work.patch")
	w.git(s.here, "checkout", "-q", "--detach", v.Branch+"~1")
	w.git(s.here, "apply", "--index", "work.patch")
	if patched, fetched := w.git(s.here, "write-tree"), w.git(s.here, "rev-parse", v.Branch+"^{tree}"); patched != fetched {
		w.t.Errorf("%s: the patch makes %s, the branch is %s", r.Name, patched, fetched)
	}
	s.wants("to cli/one: ", "session", "take", v.ID, "--push", "--branch", "cli/one")
	if there, fetched := w.git(r.bare, "rev-parse", "cli/one^{tree}"), w.git(s.here, "rev-parse", v.Branch+"^{tree}"); there != fetched {
		w.t.Errorf("%s: the pushed branch is %s, the fetched one %s", r.Name, there, fetched)
	}
	s.wants("pushed to cli/one", "session", "outcomes", v.ID)
}

// merges puts all four into the queue, lets it work, and reads what became of them.
func (s shellOf) merges(r far, ids map[string]string) {
	w := s.m.w
	w.t.Helper()
	s.must(0, "", "repo", "merge-queue", r.Name, "--hold", "until all four are in")
	for _, name := range []string{"one", "two", "three"} {
		s.must(0, "", "session", "take", ids[name], "--merge")
	}
	last := make(chan int)
	go func() {
		_, _, code := s.m.remoteIn(s.here, "", "session", "take", ids["four"], "--merge", "--wait")
		last <- code
	}()
	s.m.untilQueue("has all four", func(q client.MergeQueue) bool { return len(q.Items) == 4 })
	s.must(0, "", "repo", "merge-queue", r.Name, "--release")
	wantBisected(w.t, s.m.wantBatch(ids))
	if code := <-last; code != 3 {
		w.t.Errorf("%s: take --merge --wait of what has a conflict ends with %d", r.Name, code)
	}
	w.hasPieces(r.bare, "main", "one.txt three.txt")
	out := s.must(0, "", "repo", "merge-queue", r.Name, "--runs")
	for _, part := range []string{"It conflicts with main in greeting.txt.", "sh test.sh fails with it, and passes without it.", " merged "} {
		if !strings.Contains(out, part) {
			w.t.Errorf("%s: the queue does not print %q:\n%s", r.Name, part, out)
		}
	}
	if tip := s.m.mergedAs(ids["three"]); tip != w.git(r.bare, "rev-parse", "main") {
		w.t.Errorf("%s: main is not what was merged last, %s", r.Name, tip)
	}
}

// mergedAs is the commit with which the queue merged a session.
func (m *team) mergedAs(session string) string {
	m.w.t.Helper()
	q, err := m.client().MergeQueue(m.w.t.Context(), m.rep)
	i := slices.IndexFunc(q.Left, func(e client.MergeEntry) bool { return e.SessionID == session })
	if err != nil || i < 0 {
		m.w.t.Fatalf("%s left no queue: %v", session, err)
	}
	return q.Left[i].MergedCommit
}

// opensPull opens a pull request of what the queue took out, and merges it. A local repository has none.
func (s shellOf) opensPull(g *giteaHost, r far, id string) {
	w := s.m.w
	w.t.Helper()
	if r.Path != "" {
		s.must(1, "", "session", "take", id, "--pull-request")
		return
	}
	address := "https://" + g.web + "/bot/" + r.Name + "/pulls/"
	number, ok := strings.CutPrefix(strings.TrimSpace(s.wants(address, "session", "take", id, "--pull-request", "--branch", "cli/two", "--body", "By hand.")), address)
	if !ok || g.merged(r.Name, int64(atoi(number))) != "" {
		w.t.Errorf("%s: pull request %q is merged", r.Name, number)
	}
	s.must(0, "", "session", "pull-request", "merge", id)
	if g.merged(r.Name, int64(atoi(number))) != w.git(r.bare, "rev-parse", "main") {
		w.t.Errorf("%s: pull request %s is not merged", r.Name, number)
	}
	w.hasPieces(r.bare, "main", "one.txt three.txt two.txt")
}
