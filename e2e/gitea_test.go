package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

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
	w := newWorld(t, "--allow-net", g.web, "--allow-net", g.ssh, "--ca-file", g.ca)
	m := w.newTeam("acme", 10)
	m.onGitea(g, "https", "https://"+g.web+"/bot/site.git", g.token)
	m.endsAsPullRequest(g, "over-https")
	key := sshtest.New(t, "127.0.0.1:0", w.dir, sshtest.Key(t)).ClientKey
	signer, err := ssh.ParsePrivateKey([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	g.call(http.MethodPost, "/repos/bot/site/keys", map[string]any{"title": "orchestrator", "read_only": false, "key": strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))}, nil)
	m.onGitea(g, "ssh", "ssh://git@"+g.ssh+"/bot/site.git", key)
	m.endsAsPullRequest(g, "over-ssh")
}

// onGitea registers Gitea's repository with a clone URL, waits for its clone, and connects the forge with a webhook.
func (m *team) onGitea(g *giteaHost, name, url, credential string) {
	m.w.t.Helper()
	var r struct{ ID string }
	m.post("/repositories", map[string]any{"name": name, "url": url, "credential": credential}, &r)
	m.rep = r.ID
	m.w.until("the clone of "+name+" is ready", 60*time.Second, func() bool {
		var list struct {
			Items []struct{ ID, Status, Progress string }
		}
		m.get("/repositories", &list)
		for _, one := range list.Items {
			if one.ID == r.ID && one.Status == "failed" {
				m.w.t.Fatalf("%s: %s", name, one.Progress)
			}
			if one.ID == r.ID {
				return one.Status == "ready"
			}
		}
		return false
	})
	var f struct {
		Account string
		CanPush bool `json:"can_push"`
	}
	m.want(http.MethodPut, "/repositories/"+m.rep+"/forge", map[string]any{"kind": "gitea", "api_url": "https://" + g.web + "/api/v1", "project": "bot/site", "token": g.token}, &f)
	if f.Account != "bot" || !f.CanPush {
		m.w.t.Errorf("the token is of %q and can push: %t", f.Account, f.CanPush)
	}
	var hook struct{ Path, Secret string }
	m.post("/repositories/"+m.rep+"/forge/webhook", map[string]any{}, &hook)
	g.call(http.MethodPost, "/repos/bot/site/hooks", map[string]any{"type": "gitea", "active": true, "events": []string{"push", "pull_request", "status"},
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
	var there struct {
		Merged bool
		Commit string `json:"merge_commit_sha"`
	}
	g.call(http.MethodGet, fmt.Sprintf("/repos/bot/site/pulls/%d", p.Number), nil, &there)
	if !there.Merged || there.Commit != p.MergeCommit {
		m.w.t.Errorf("Gitea says %+v", there)
	}
}
