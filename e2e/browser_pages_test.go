package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// audit finds serious violations with axe, and checks that the page is not wider than a phone, that controls are large enough for a
// thumb and text is large enough to read.
const audit = `async () => {
	const found = await axe.run(document, {resultTypes: ["violations"]});
	const wrong = found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
		.map((v) => v.id + " (" + v.impact + "): " + v.nodes.slice(0, 4).map((n) => n.target.join(" ") + " " + n.html.slice(0, 120) + " " + (n.any[0]?.message ?? "")).join("; "));
	const root = document.scrollingElement;
	if (innerWidth <= 390 && root.scrollWidth > root.clientWidth) wrong.push("it scrolls sideways: " + root.scrollWidth);
	for (const e of innerWidth <= 390 ? document.querySelectorAll("button:not(.it),summary,.btn,.in") : []) {
		const high = e.getBoundingClientRect().height;
		if (e.checkVisibility() && high > 0 && high < 44) wrong.push("too low for a thumb: " + e.textContent.trim().slice(0, 40) + " " + high);
	}
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const e = texts.currentNode.parentElement;
		if (!texts.currentNode.data.trim() || !e.checkVisibility() || e.closest("kbd,script,.tabbar .n")) continue;
		if (parseFloat(getComputedStyle(e).fontSize) < 11) wrong.push("too small: " + texts.currentNode.data.trim().slice(0, 40));
	}
	return wrong;
}`

// auditor is a person whose pages include axe.
func (w *world) auditor() playwright.BrowserNewContextOptions {
	return playwright.BrowserNewContextOptions{Viewport: &playwright.Size{Width: 1440, Height: 900}, ColorScheme: playwright.ColorSchemeDark, ReducedMotion: playwright.ReducedMotionReduce}
}

func (p *person) bringsAxe() *person {
	p.t.Helper()
	src, err := os.ReadFile(part(p.t, "AXE_JS", "axe-core"))
	p.must(err)
	p.must(p.ctx.AddInitScript(playwright.Script{Content: playwright.String(string(src))}))
	return p
}

// sound checks a page with axe and the layout rules, dark and light, wide and narrow.
func (p *person) sound(name, path string, status int) {
	p.t.Helper()
	if got := p.open(path); got != status {
		p.t.Errorf("%s answers %d", path, got)
	}
	p.audits(name)
}

// audits checks the current page, including open dialogs.
func (p *person) audits(name string) {
	p.t.Helper()
	for _, width := range []int{1440, 390} {
		p.must(p.page.SetViewportSize(width, map[int]int{1440: 900, 390: 844}[width]))
		for _, scheme := range []*playwright.ColorScheme{playwright.ColorSchemeDark, playwright.ColorSchemeLight} {
			p.must(p.page.EmulateMedia(playwright.PageEmulateMediaOptions{ColorScheme: scheme}))
			wrong, err := p.page.Evaluate(audit)
			p.must(err)
			for _, w := range wrong.([]any) {
				p.t.Errorf("%s, %d px, %s: %s", name, width, *scheme, w)
			}
			p.must(p.shoot(fmt.Sprintf("%s-%s-%d", name, *scheme, width)))
		}
	}
}

const long = "A title as long as people are let to write it, which no pane may be pushed apart by, however narrow the screen is that it is read on by somebody on the way"

// TestBrowserPages checks every page, empty and full, with axe and the layout rules.
func TestBrowserPages(t *testing.T) {
	t.Parallel()
	heavy(t)
	browser(t)
	w := newWorld(t)
	stranger := w.newPerson(w.auditor()).bringsAxe()
	stranger.sound("set-up-waits", "/", http.StatusOK)
	stranger.sound("set-up", w.srv.out.await(t, w.srv, setUpLink)[1], http.StatusOK)
	m := w.newTeam("acme", 3)
	stranger.sound("sign-in", "/login", http.StatusOK)
	w.command("", "tenant", "create", "--slug", "blue", "--name", "Team blue")
	blue := &team{w: w, slug: "blue"}
	blue.join("acme", "lead")
	p := w.signIn("acme@example.org", w.auditor()).bringsAxe()
	for _, page := range []string{"", "/sessions", "/needs-you", "/repositories", "/providers", "/people", "/sessions/new"} {
		p.sound("empty"+strings.ReplaceAll(page, "/", "-"), blue.path(page), http.StatusOK)
	}
	m.fillsPages(p)
	m.viewsPages()
}

// fillsPages creates a session in every state that pages show, and checks all of them.
func (m *team) fillsPages(p *person) {
	m.w.t.Helper()
	done := m.run("Greet people", mainJob, map[string]any{"tags": []string{"greeting"}})
	m.reply(done, m.asked(done), "once")
	m.becomes(done, 60e9, "completed")
	failed := m.run("Fail at once "+long, turns("Ask.", map[string]any{"status": 401, "body": `{"error":{"message":"Incorrect API key provided."}}`}), nil)
	m.becomes(failed, 60e9, "failed")
	asking := m.run("Ask "+long, asksNow, nil)
	m.asked(asking)
	choosing := m.run("Choose a database", turns("Ask.", map[string]any{"tools": []any{map[string]any{"name": "question", "args": map[string]any{"questions": json.RawMessage(choice)}}}}), nil)
	m.asked(choosing)
	running := m.run("Talk on", turns("Talk.", map[string]any{"reasoning": "Let me think.", "text": "# Plan\n\n- one `two`\n- three\n\n```go\nfunc main() {}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "gate": "talk", "gate_at": "text"}), nil)
	m.reached("talk")
	queued := m.run("Wait for a slot", asksNow, nil)
	draft := m.run("Only a draft", "Later.", map[string]any{"start": false})
	for name, id := range map[string]string{"done": done, "failed": failed, "asking": asking, "choosing": choosing, "running": running, "queued": queued, "draft": draft} {
		p.sound("session-"+name, m.path("/sessions/"+id), http.StatusOK)
	}
	for name, path := range map[string]string{"": "", "sessions": "/sessions", "sessions-none": "/sessions?q=nothing", "needs-you": "/needs-you", "new": "/sessions/new",
		"repositories": "/repositories", "repository": "/repositories/" + m.rep, "providers": "/providers", "people": "/people",
		"changes": "/sessions/" + done + "/changes", "split": "/sessions/" + done + "/changes?view=split", "calls": "/sessions/" + done + "/calls", "log": "/sessions/" + done + "/log"} {
		p.sound("full-"+name, m.path(path), http.StatusOK)
	}
	p.opensThings(m, running)
	p.open(m.path("/providers"))
	p.follow("script")
	p.sees("text=Test connection")
	p.sound("full-provider", strings.TrimPrefix(p.page.URL(), p.url), http.StatusOK)
	p.open(m.path("/sessions/" + done + "/calls"))
	p.must(p.page.Locator("#calls .rowlink").First().Click())
	p.sees("[aria-label='Request and response']")
	p.sound("full-call", strings.TrimPrefix(p.page.URL(), p.url), http.StatusOK)
	p.sound("account", "/account", http.StatusOK)
	p.sound("404", m.path("/sessions/"+missing), http.StatusNotFound)
}

// opensThings checks overlays: the command palette, the key table, a dialog, the team switcher, the phone's menu.
func (p *person) opensThings(m *team, running string) {
	p.t.Helper()
	p.open(m.path("")) // the next paths are different pages, not only different fragments
	p.sound("menu", m.path("/sessions#menu"), http.StatusOK)
	p.sound("facts", m.path("/sessions/"+running+"#session-aside"), http.StatusOK)
	for name, open := range map[string]string{"sheet": "Control+k", "keys": "?", "dialog": "s"} {
		p.must(p.page.SetViewportSize(1440, 900))
		p.open(m.path("/sessions/" + running))
		p.key(open)
		p.sees("dialog:popover-open")
		p.audits(name)
	}
	p.must(p.page.SetViewportSize(390, 844))
	p.open(m.path("/sessions?q=Talk"))
	p.must(p.page.Locator("#rows tbody tr").Click()) // anywhere on the card
	p.reads("#session-head h1", "Talk on")
	p.must(p.page.SetViewportSize(1440, 900))
	p.open(m.path(""))
	p.must(p.page.Locator(".teams summary").Click())
	p.audits("switcher")
}

// viewsPages checks the pages of a viewer.
func (m *team) viewsPages() {
	m.w.t.Helper()
	p := m.w.signIn(m.join("vi", "viewer"), m.w.auditor()).bringsAxe()
	p.sound("403", m.path("/sessions/new"), http.StatusForbidden)
	p.sound("viewer-repositories", m.path("/repositories"), http.StatusOK)
	p.sound("viewer-providers", m.path("/providers"), http.StatusOK)
}
