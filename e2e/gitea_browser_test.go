package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowserTakesWorkToGitea takes the work of sessions by clicks, from a repository over https, one over ssh and a local one: merge through
// the queue with a conflict and a batch that is bisected, pushed branch, copied fetch command, patch, and pull request.
func TestBrowserTakesWorkToGitea(t *testing.T) {
	t.Parallel()
	browser(t)
	g, m, all := threeFar(t)
	p := m.w.signIn("acme@example.org")
	p.must(p.ctx.GrantPermissions([]string{"clipboard-read", "clipboard-write"}))
	for _, r := range all {
		r.CheckCommands = []string{"sh test.sh"}
		if r.URL != "" {
			m.onGitea(g, r.Name, r.NewRepository)
		} else {
			m.registersNew(r.NewRepository)
		}
		ids := m.works("one", "two", "three", "four")
		p.mergesByClicks(m, r, ids)
		p.takesByClicks(m, r, ids["four"])
		p.opensPullByClicks(m, g, r, ids["two"])
	}
}

// mergesByClicks puts all four into the queue while it is held, releases it, and reads on its page what became of them.
func (p *person) mergesByClicks(m *team, r far, ids map[string]string) {
	p.t.Helper()
	queue := m.path("/merge-queue?repository=" + m.rep)
	p.open(queue)
	p.must(p.page.Locator("[popovertarget=hold-queue]").First().Click())
	p.must(p.page.Locator("#hold-queue-reason").Fill("until all four are in"))
	p.must(p.page.Locator("#hold-queue .btn.primary").Click())
	p.reads("#merge-notes", "until all four are in")
	for _, name := range []string{"one", "two", "three", "four"} {
		p.open(m.path("/sessions/" + ids[name]))
		p.must(p.page.Locator("#result form[action$='/merge'] button").Click())
		p.reads("#merge-open tbody tr:last-child", name)
	}
	p.press("Release the queue")
	wantBisected(p.t, m.wantBatch(ids))
	p.reads("#merge-left", "It conflicts with main in greeting.txt.")
	p.reads("#merge-left", "sh test.sh fails with it, and passes without it.")
	p.reads("#merge-bisect", "was taken out")
	p.w.hasPieces(r.bare, "main", "one.txt three.txt")
	p.open(m.path("/sessions/" + ids["one"]))
	p.reads("#result", "as "+m.mergedAs(ids["one"])[:8])
}

// takesByClicks pushes the work of a session, fetches it with the copied command, and compares both with the patch.
func (p *person) takesByClicks(m *team, r far, id string) {
	p.t.Helper()
	p.open(m.path("/sessions/" + id))
	p.must(p.page.Locator("#result [popovertarget=push-dialog]").First().Click())
	p.must(p.page.Locator("#push-branch").Fill("browser/four"))
	p.must(p.page.Locator("#push-dialog .btn.primary").Click())
	p.reads("#result .l2", "Pushed to branch browser/four by")
	p.must(p.page.Locator("#result [data-copy='#fetch-command']").Click())
	p.reads("#result", "Copied")
	command, err := p.page.Evaluate("navigator.clipboard.readText()")
	p.must(err)
	d, err := p.page.ExpectDownload(func() error { return p.page.Locator("#result").GetByText("Download patch").Click() })
	p.must(err)
	patch, err := d.Path()
	p.must(err)
	here := filepath.Join(p.w.dir, "clicks-"+r.Name)
	p.w.git(p.w.dir, "init", "-q", here)
	p.fetches(m, here, command.(string))
	p.w.git(here, "checkout", "-q", "--detach", "FETCH_HEAD~1")
	p.w.git(here, "apply", "--index", patch)
	want := p.w.git(r.bare, "rev-parse", "browser/four^{tree}")
	if fetched, patched := p.w.git(here, "rev-parse", "FETCH_HEAD^{tree}"), p.w.git(here, "write-tree"); fetched != want || patched != want {
		p.t.Errorf("%s: the pushed branch is %s, the fetched one %s, the patch makes %s", r.Name, want, fetched, patched)
	}
}

// fetches runs a copied command in a repository. git asks a program for the password, which is the API token.
func (p *person) fetches(m *team, here, command string) {
	p.t.Helper()
	if !strings.HasPrefix(command, "git fetch "+p.url+"/t/acme/git/") {
		p.t.Fatalf("the copied command is %q", command)
	}
	asks := filepath.Join(p.w.dir, "asks")
	p.must(os.WriteFile(asks, []byte("#!/bin/sh\necho "+m.token+"\n"), 0o700))
	c := exec.Command("sh", "-c", command)
	c.Dir = here
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ASKPASS="+asks)
	if out, err := c.CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// opensPullByClicks opens a pull request of what the queue took out with the form, and merges it. A local repository offers none.
func (p *person) opensPullByClicks(m *team, g *giteaHost, r far, id string) {
	p.t.Helper()
	p.open(m.path("/sessions/" + id))
	p.sees("#result .btn")
	if r.Path != "" {
		p.lacks("#result a[href$='/pull-request']")
		return
	}
	p.must(p.page.Locator("#result a[href$='/pull-request']").Click())
	p.must(p.page.Locator("#f-branch").Fill("browser/two"))
	p.must(p.page.Locator("#f-title").Fill("Two, by hand"))
	p.press("Open pull request")
	p.reads("#session-pull", "#1 on "+g.web)
	p.reads("#session-pull", "browser/two into main")
	p.must(p.page.Locator("#session-pull [popovertarget=merge-pull]").First().Click())
	p.must(p.page.Locator("#merge-pull form button").Click())
	p.reads("#session-pull", "merged")
	if g.merged(r.Name, 1) != p.w.git(r.bare, "rev-parse", "main") {
		p.t.Errorf("%s: pull request #1 is not merged", r.Name)
	}
	p.w.hasPieces(r.bare, "main", "one.txt three.txt two.txt")
}
