package e2e

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// TestBrowserPagesOfTakenWork checks the pages on which work is taken and on which a session goes back, with their dialogs and menus
// open, and that the keyboard alone can use them.
func TestBrowserPagesOfTakenWork(t *testing.T) {
	t.Parallel()
	heavy(t)
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 3)
	m.w.stop()
	w.flags = append(w.flags, "--repo-root", "acme="+filepath.Join(w.dir, "git")+":rw")
	w.start()
	id := m.run("Greet people "+long, writing("one", "one\n"), nil)
	m.becomes(id, 120*time.Second, "completed")
	m.mark(id, "it greets")
	m.writes(id, "two", "one\ntwo\n")
	m.ask(http.MethodPost, "/sessions/"+id+"/checkpoints", map[string]string{"note": "again"})
	p := w.signIn("acme@example.org", w.auditor()).bringsAxe()
	at := m.path("/sessions/" + id)
	for name, tab := range map[string]string{"done": "", "checks": "/checks", "checkpoints": "/checkpoints?a=1&b=3", "full-diff": "/checkpoints/diff?a=1&b=3", "unified": "/changes", "split": "/changes?view=split"} {
		p.sound("taken-"+name, at+tab, http.StatusOK)
	}
	for name, way := range map[string][2]string{"menu": {"", ".shead .menu summary"}, "push": {"", "#result [popovertarget=push-dialog]"}, "restore": {"/checkpoints", ".pfoot>.btns [popovertarget=restore-dialog]"},
		"fork": {"/checkpoints", ".pfoot>.btns [popovertarget=fork-dialog]"}, "branch": {"/checkpoints", ".pfoot>.btns [popovertarget=branch-dialog]"}} {
		p.must(p.page.SetViewportSize(1440, 900))
		p.open(at + way[0])
		p.must(p.page.Locator(way[1]).First().Click())
		p.audits("taken-" + name)
	}
	p.withKeysAlone(at)
	p.onAPhone(at)
	p.soundQueue(m)
}

// withKeysAlone opens dialogs and the menu with Enter and closes them with Escape, which gives the focus back.
func (p *person) withKeysAlone(at string) {
	p.t.Helper()
	p.must(p.page.SetViewportSize(1440, 900))
	for opener, opened := range map[string]string{"#more-ways [popovertarget=push-dialog]": "#push-dialog:popover-open",
		".shead .menu>summary": ".shead .menu[open] .pop"} {
		p.open(at)
		p.sees("[data-live=yes]") // scripts run, and the stream has repainted the page
		p.must(p.page.Locator(opener).Last().Focus())
		p.key("Enter")
		p.sees(opened)
		p.key("Escape")
		p.must(expect.Locator(p.page.Locator(opened)).ToBeHidden())
		p.must(expect.Locator(p.page.Locator(opener).Last()).ToBeFocused())
	}
	p.open(at)
	p.key("5") // the tabs by their number, without that for narrow screens
	p.must(expect.Page(p.page).ToHaveURL(p.url + at + "/calls"))
}

// onAPhone opens the other ways to take the work, which are a sheet there.
func (p *person) onAPhone(at string) {
	p.t.Helper()
	for _, size := range [][2]int{{390, 844}, {720, 450}, {1024, 768}} {
		p.must(p.page.SetViewportSize(size[0], size[1]))
		p.open(at)
		if size[0] <= 640 {
			p.press("More ways")
			p.sees("#more-ways:popover-open")
		}
		for _, way := range []string{"#more-ways [popovertarget=push-dialog]", "#more-ways a[download]"} {
			p.must(p.page.Locator(way).Click(playwright.LocatorClickOptions{Trial: playwright.Bool(true)}))
		}
		wide, err := p.page.Evaluate("() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
		if p.must(err); wide != 0 {
			p.t.Errorf("at %d px it scrolls sideways by %v", size[0], wide)
		}
	}
}

// soundQueue checks the merge queue with an entry that is held and one that was merged.
func (p *person) soundQueue(m *team) {
	p.t.Helper()
	m.w.git(filepath.Join(m.w.dir, "git", "main"), "switch", "--quiet", "--detach") // so that main is not checked out
	var entry struct{ ID string }
	greets := m.run("Make it greet", turns("Make it greet.", map[string]any{"tools": tool("write", map[string]any{"filePath": "greeting.txt", "content": "hello\n"})}, map[string]any{"text": "Done."}), nil)
	m.becomes(greets, 120*time.Second, "completed")
	held := m.run("Hold this one", writing("held", "held\n"), nil)
	m.becomes(held, 120*time.Second, "completed")
	m.post("/sessions/"+greets+"/merge", nil, &entry)
	m.w.until("the first session is merged", 120*time.Second, func() bool { return m.queueEntry(entry.ID) == "merged" })
	m.post("/repositories/"+m.rep+"/merge-queue/hold", map[string]string{"reason": "until tomorrow"}, nil)
	m.post("/sessions/"+held+"/merge", nil, &entry)
	m.post("/merge-queue/"+entry.ID+"/hold", map[string]string{"reason": "after the release"}, nil)
	p.must(p.page.SetViewportSize(1440, 900))
	p.sound("taken-queue", m.path("/merge-queue?repository="+m.rep), http.StatusOK)
	p.must(p.page.SetViewportSize(1440, 900))
	p.must(p.page.Locator("[popovertarget^=out-]").First().Click())
	p.audits("taken-queue-out")
}

// queueEntry is the status of an entry of the team's merge queue.
func (m *team) queueEntry(id string) string {
	m.w.t.Helper()
	var q struct{ Items, Left []struct{ ID, Status string } }
	m.get("/repositories/"+m.rep+"/merge-queue", &q)
	for _, e := range append(q.Items, q.Left...) {
		if e.ID == id {
			return e.Status
		}
	}
	return ""
}
