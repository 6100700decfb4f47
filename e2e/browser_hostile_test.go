package e2e

import (
	"strings"
	"testing"
)

// markup must be shown as text everywhere. If any of it were executed, a dialog, a request or an element would reveal it.
const (
	markup     = `<script>alert('x')</script><img src=x onerror=alert('y')><svg onload=alert('z')>`
	badMarks   = "Look: [click](javascript:alert(1)) [ref][r] ![p](https://evil.example/p.png) <a href='javascript:alert(2)'>a</a> <https://evil.example> \x1b[31m\n\n[r]: javascript:alert(7)\n\n<iframe src=https://evil.example></iframe>\n\n"
	badOutput  = `head -c 40000 /dev/zero | tr '\0' a; printf '\n\377\376\0 <script>alert(3)</script>\033[31mred\033[0m \033]8;;javascript:alert(4)\007link\033]8;;\007\n'`
	badName    = `<img src=x onerror=alert(5)>.html`
	badContent = "<script>alert(6)</script><base href=https://evil.example>\n"
)

// alive selects elements that hostile text would create and that no page has otherwise.
var alive = []string{"#main script", "#main iframe", "#main img", "#main object", "#main style", "#main base", "#main meta", "[onerror]", "[onload]", "[onclick]",
	"a[href^='javascript:' i]", "a[href*='evil.example']:not([rel~=noopener])", "svg[onload]"}

// TestBrowserHostile checks that text of an agent and a repository is inert everywhere it is shown.
func TestBrowserHostile(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run(markup+" title", turns("Attack "+markup, map[string]any{"reasoning": badMarks, "text": badMarks + markup,
		"tools": tool("write", map[string]any{"filePath": badName, "content": badContent})},
		map[string]any{"tools": bash(badOutput)}, map[string]any{"text": strings.Repeat("x", 5000) + " <b onclick=alert(8)>finished</b>"}), map[string]any{"tags": []string{"<b>tag</b>"}})
	p := w.signIn("acme@example.org")
	s := m.path("/sessions/" + id)
	p.open(s)
	p.reads("#session-dock .cmd", "alert(3)")
	p.inert(s, m.path("/needs-you"), m.path(""), m.path("/sessions?q=alert"))
	p.open(s)
	p.must(p.page.Locator("#session-dock [data-answer=y]").Click())
	p.reads("#session-head .state", "completed")
	p.reads("#conversation", "finished")
	p.reads("#conversation .agent .md", "Look: click")
	p.readsOutput()
	p.inert(s, s+"/changes", s+"/changes?view=split", s+"/calls", s+"/log", m.path(""), m.path("/sessions"), m.path("/repositories"), m.path("/sessions/new"))
	p.open(s + "/calls")
	p.must(p.page.Locator("#calls .rowlink").First().Click())
	p.sees("[aria-label='Request and response']")
	p.inert()
}

// readsOutput opens every tool call and finds its output as text.
func (p *person) readsOutput() {
	p.t.Helper()
	p.reads("#session-head h1", markup)
	p.must(p.page.Locator("#main").Press("e"))
	p.reads("#conversation .tool pre:has-text('alert(3)')", "<script>alert(3)</script>red")
	if text := strings.Join(p.texts("#conversation .tool"), ""); strings.ContainsAny(text, "\x1b\x00\x07") {
		p.t.Error("what was printed still holds control characters")
	}
}

// inert checks that the current page, and then each path, contains no active hostile content and keeps its layout.
func (p *person) inert(paths ...string) {
	p.t.Helper()
	p.lacks(alive...)
	for _, path := range paths {
		p.open(path)
		p.must(p.page.SetViewportSize(390, 844))
		p.fits(path)
		p.must(p.page.SetViewportSize(1440, 900))
		p.fits(path)
		p.lacks(alive...)
	}
}

// fits checks that the current page does not scroll horizontally.
func (p *person) fits(what string) {
	p.t.Helper()
	wide, err := p.page.Evaluate("() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
	p.must(err)
	if wide != 0 {
		p.t.Errorf("%s is %v px too wide", what, wide)
	}
}
