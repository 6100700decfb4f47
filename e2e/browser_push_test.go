package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/git/sshtest"
)

// TestBrowserPushesTheWork pushes a session's work to a branch: in the API and in the browser, over ssh and to a local repository, in which
// no hook runs and no branch in use is moved.
func TestBrowserPushesTheWork(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	greets := turns("Make it greet.", map[string]any{"text": "I change it. ", "tools": tool("write", map[string]any{"filePath": "greeting.txt", "content": "hello\n"})}, map[string]any{"text": "Done."})
	id := m.run("Greet people", greets, nil)
	m.becomes(id, 60*time.Second, "completed")
	if a := m.ask(http.MethodPost, "/sessions/"+id+"/push", map[string]string{"branch": "fix"}); a.status != http.StatusConflict || !strings.Contains(string(a.body), "--repo-root acme=DIR:rw") {
		t.Errorf("without :rw: %d %s", a.status, a.body)
	}
	repo := filepath.Join(w.dir, "git", "main")
	hook := filepath.Join(repo, ".git", "hooks", "reference-transaction")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ntouch "+w.dir+"/hook-ran\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.stop()
	host := sshtest.New(t, "127.0.0.1:0", repo, sshtest.Key(t))
	w.flags = append(w.flags, "--allow-net", host.Addr, "--repo-root", "acme="+filepath.Join(w.dir, "git")+":rw")
	w.start()
	var pushed struct {
		Branch, Command string
		InUse           bool `json:"in_use"`
	}
	m.post("/sessions/"+id+"/push", map[string]string{"branch": "main"}, &pushed)
	if pushed.Branch != "main-2" || !pushed.InUse || pushed.Command != "git merge main-2" {
		t.Errorf("a checked-out branch: %+v", pushed)
	}
	p := w.signIn("acme@example.org")
	p.open(m.path("/sessions/" + id))
	p.reads("#result .l2", "Pushed to branch main-2")
	p.reads("#push-command", "git merge main-2")
	p.must(p.page.Locator("#result [popovertarget=push-dialog]").First().Click())
	p.must(p.page.Locator("#push-branch").Fill("fix/greeting"))
	p.must(p.page.Locator("#push-dialog .btn.primary").Click())
	p.reads("#result .l2", "Pushed to branch fix/greeting by")
	p.reads("#conversation", "Pushed to branch fix/greeting")
	for _, branch := range []string{"main-2", "fix/greeting"} {
		if text := w.git(repo, "show", branch+":greeting.txt"); text != "hello" {
			t.Errorf("%s has the greeting %q", branch, text)
		}
	}
	if status := w.git(repo, "--no-optional-locks", "status", "--porcelain"); status != "" {
		t.Errorf("the working tree of the person changed: %s", status)
	}
	if _, err := os.Lstat(filepath.Join(w.dir, "hook-ran")); err == nil {
		t.Error("a hook of the person's repository ran")
	}
	if err := os.Remove(hook); err != nil { // the ssh host runs it for a push, as it should
		t.Fatal(err)
	}
	if status, said := m.registers("remote", host); status != "ready" {
		t.Fatalf("%s: %s", status, said)
	}
	far := m.run("Greet from far", greets, map[string]any{"repository_id": m.rep})
	m.becomes(far, 60*time.Second, "completed")
	m.post("/sessions/"+far+"/push", map[string]string{"branch": "from/far"}, &pushed)
	if text := w.git(repo, "show", "from/far:greeting.txt"); text != "hello" || pushed.InUse {
		t.Errorf("over ssh it pushed %+v with %q", pushed, text)
	}
}
