package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// The dialog for a pull request and the session with an open one pass the rules of pages, and the keyboard alone opens the pull request.
func TestPagesOfPullRequestsOnGitea(t *testing.T) {
	t.Parallel()
	g := newGitea(t)
	browser(t)
	w := newWorld(t, "--allow-net", g.web, "--ca-file", g.ca)
	m := w.newTeam("acme", 10)
	m.onGitea(g, "site", client.NewRepository{Name: "https", URL: "https://" + g.web + "/bot/site.git", Credential: g.token})
	id := m.run("Greet people", writing("one", "one\n"), map[string]any{"repository_id": m.rep})
	m.becomes(id, 120*time.Second, "completed")
	p := w.signIn("acme@example.org", w.auditor()).bringsAxe()
	at := m.path("/sessions/" + id)
	p.open(at)
	opener := p.page.Locator("#result a[data-dialog]")
	p.must(opener.Focus())
	p.key("Enter")
	p.sees("#pull-dialog:popover-open [name=title]")
	p.reads("#pull-dialog", g.web+"/bot/site")
	p.must(p.page.Locator("#pull-dialog [name=title]").Fill("My own title"))
	p.audits("pull-dialog")
	p.key("Escape")
	p.must(expect.Locator(p.page.Locator("#pull-dialog")).ToBeHidden())
	p.must(expect.Locator(opener).ToBeFocused())
	p.key("Enter")
	p.must(expect.Locator(p.page.Locator("#pull-dialog [name=title]")).ToHaveValue("My own title"))
	p.must(p.page.Locator("#pull-dialog [name=body]").Focus())
	p.key("Control+Enter")
	p.reads("#result", "#1 on ")
	p.sound("pull-open", at, http.StatusOK)
	p.must(p.page.SetViewportSize(1440, 900))
	p.press("Merge")
	p.audits("pull-merge")
}
