package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/git/sshtest"
)

// pullJSON is a pull request in answers of the API.
type pullJSON struct {
	Number      int
	URL, State  string
	Draft       bool
	Head        string
	MergeCommit string `json:"merge_commit"`
	Trouble     string
	Checks      []struct{ Name, Status string }
}

// A session's work ends as a merged pull request on a real forge, whose certificate is of a private authority.
func TestPullRequestsOnGitea(t *testing.T) {
	t.Parallel()
	g := newGitea(t)
	g.fill("site", map[string]string{"greeting.txt": "goodbye\n", "test.sh": "grep -q hello greeting.txt && echo ok: it greets\n"})
	w := newWorld(t, "--allow-net", g.web, "--allow-net", g.ssh, "--ca-file", g.ca)
	m := w.newTeam("acme", 10)
	m.onGitea(g, "site", client.NewRepository{Name: "https", URL: "https://" + g.web + "/bot/site.git", Credential: g.token})
	m.endsAsPullRequest(g, "over-https")
	key := sshtest.New(t, "127.0.0.1:0", w.dir, sshtest.Key(t)).ClientKey
	g.letIn("site", key)
	m.onGitea(g, "site", client.NewRepository{Name: "ssh", URL: "ssh://git@" + g.ssh + "/bot/site.git", Credential: key})
	m.endsAsPullRequest(g, "over-ssh")
	m.hasConflict(g)
}

// registersNew adds a repository to the team, waits for its clone, and lets later sessions work on it.
func (m *team) registersNew(r client.NewRepository) {
	m.w.t.Helper()
	made, err := m.client().CreateRepository(m.w.t.Context(), r)
	if err != nil {
		m.w.t.Fatal(err)
	}
	m.rep = made.ID
	m.w.until("the clone of "+r.Name+" is ready", 60*time.Second, func() bool {
		now, err := m.client().Repository(m.w.t.Context(), made.ID)
		if err != nil || now.Status == "failed" {
			m.w.t.Fatalf("%s: %s, %v", r.Name, now.Progress, err)
		}
		return now.Status == "ready"
	})
}

// onGitea registers a repository that bot's project has, and connects the forge with a webhook.
func (m *team) onGitea(g *giteaHost, project string, r client.NewRepository) {
	m.w.t.Helper()
	m.registersNew(r)
	f, err := m.client().SetForge(m.w.t.Context(), m.rep, client.NewForge{Kind: "gitea", APIURL: "https://" + g.web + "/api/v1", Project: "bot/" + project, Token: g.token})
	if err != nil || f.Account != "bot" || !f.CanPush {
		m.w.t.Fatalf("the forge is %+v, %v", f, err)
	}
	hook, err := m.client().CreateForgeWebhook(m.w.t.Context(), m.rep)
	if err != nil {
		m.w.t.Fatal(err)
	}
	g.call(http.MethodPost, "/repos/bot/"+project+"/hooks", map[string]any{"type": "gitea", "active": true, "events": []string{"push", "pull_request", "status"},
		"config": map[string]string{"url": m.w.url + hook.Path, "content_type": "json", "secret": hook.Secret}}, nil)
}

// endsAsPullRequest runs a session, opens its pull request twice, lets the forge check it, and merges it.
func (m *team) endsAsPullRequest(g *giteaHost, branch string) {
	m.w.t.Helper()
	job := turns("Write it.", map[string]any{"tools": tool("write", map[string]any{"filePath": branch + ".txt", "content": "hello\n"})}, map[string]any{"text": "It is written."})
	id := m.run("Write "+branch, job, nil)
	if s := m.becomes(id, 120*time.Second, "completed", "failed"); s.Status != "completed" {
		m.w.t.Fatalf("it is %s: %s", s.Status, s.reason())
	}
	at := "/sessions/" + id + "/pull-request"
	var p, again pullJSON
	m.post(at, map[string]any{"title": "Write " + branch, "branch": branch, "draft": false}, &p)
	m.post(at, map[string]any{"title": "Write " + branch, "branch": branch, "draft": false}, &again)
	if p.Number == 0 || p.State != "open" || again.Number != p.Number || !strings.HasPrefix(p.URL, "https://"+g.web+"/bot/site/pulls/") {
		m.w.t.Fatalf("opened %+v, then %+v", p, again)
	}
	g.call(http.MethodPost, "/repos/bot/site/statuses/"+p.Head, map[string]any{"state": "success", "context": "ci/build", "description": "ok"}, nil)
	m.w.until("the check of the forge is seen", 90*time.Second, func() bool {
		m.get(at, &p)
		return len(p.Checks) == 1 && p.Checks[0].Status == "passed"
	})
	m.post(at+"/merge", nil, &p)
	if p.State != "merged" || len(p.MergeCommit) != 40 {
		m.w.t.Fatalf("after the merge: %+v", p)
	}
	if there := g.merged("site", int64(p.Number)); there != p.MergeCommit {
		m.w.t.Errorf("Gitea merged it as %q, not %q", there, p.MergeCommit)
	}
}

// hasConflict opens a pull request, changes its file on the base, and wants the paths: Gitea itself says only that it has to be tried later.
func (m *team) hasConflict(g *giteaHost) {
	m.w.t.Helper()
	id := m.run("Greet people", turns("Write it.", map[string]any{"tools": tool("write", map[string]any{"filePath": "greeting.txt", "content": "hello\n"})}, map[string]any{"text": "It is written."}), nil)
	m.becomes(id, 120*time.Second, "completed")
	at := "/sessions/" + id + "/pull-request"
	var p pullJSON
	m.post(at, map[string]any{"branch": "greet", "draft": false}, &p)
	g.commit("main", "greeting.txt", "good evening\n")
	g.seesConflict(p.Number)
	if a := m.ask(http.MethodPost, at+"/merge", nil); a.status != http.StatusConflict || !strings.Contains(string(a.body), "Conflicts in greeting.txt") {
		m.w.t.Errorf("a merge with a conflict: %d %s", a.status, a.body)
	}
}
