package e2e

import (
	"strings"
	"testing"
)

// TestBrowserKeyboard uses only the keyboard.
func TestBrowserKeyboard(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	asking := m.run("Answer me", asksNow, nil)
	m.run("Look at me", "Later.", map[string]any{"start": false})
	m.asked(asking)
	p := w.signIn("acme@example.org")
	p.skips(m)
	p.tabsThrough(m.path("/sessions"))
	p.goesPlaces(m)
	p.walksRows(m)
	p.typesInFields(m)
	p.answersWithFocusOnly(m, asking)
	p.turnsLettersOff(m)
}

func (p *person) key(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.must(p.page.Keyboard().Press(k))
	}
}

// focus describes the focused element and whether the focus is visible.
func (p *person) focus() (what string, visible bool) {
	p.t.Helper()
	got, err := p.page.Evaluate(`() => {
		const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		const ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 || e.matches(".in");
		return [e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 30), ring && r.width > 0 && r.bottom > 0 && r.top < innerHeight];
	}`)
	p.must(err)
	pair := got.([]any)
	return pair[0].(string), pair[1].(bool)
}

// skips checks that the first stop is the link that skips the navigation.
func (p *person) skips(m *team) {
	p.t.Helper()
	p.open(m.path("/sessions"))
	p.key("Tab")
	if what, visible := p.focus(); !strings.Contains(what, "Skip to content") || !visible {
		p.t.Errorf("the first stop is %s, visible %v", what, visible)
	}
	p.key("Enter")
	p.must(expect.Locator(p.page.Locator("#main")).ToBeFocused())
}

// tabsThrough moves through a whole page with Tab. Every stop is visible and none traps the focus.
func (p *person) tabsThrough(path string) {
	p.t.Helper()
	p.open(path)
	stops := 0
	for ; stops < 200; stops++ {
		p.key("Tab")
		what, visible := p.focus()
		if strings.HasPrefix(what, "BODY") || stops > 0 && strings.Contains(what, "Skip to content") {
			break
		}
		if !visible {
			p.t.Errorf("nobody sees that the focus is on %s", what)
		}
	}
	if stops < 20 || stops == 200 {
		p.t.Errorf("%s has %d stops", path, stops)
	}
}

func (p *person) goesPlaces(m *team) {
	p.t.Helper()
	for _, to := range [][2]string{{"s", "/sessions"}, {"n", "/needs-you"}, {"t", "/people"}, {"o", ""}} {
		p.key("g", to[0])
		p.at(m.path(to[1]))
	}
	p.key("n")
	p.at(m.path("/sessions/new"))
	p.open(m.path(""))
	p.key("?")
	p.sees("#keys:popover-open")
	p.key("Escape")
	p.must(expect.Locator(p.page.Locator("#keys")).ToBeHidden())
	p.key("Control+k")
	p.must(p.page.Keyboard().Type("people"))
	p.key("Enter")
	p.at(m.path("/people"))
}

func (p *person) walksRows(m *team) {
	p.t.Helper()
	p.open(m.path("/sessions"))
	p.key("j")
	p.must(expect.Locator(p.page.Locator(".rowlink").First()).ToBeFocused())
	p.key("j")
	p.must(expect.Locator(p.page.Locator(".rowlink").Last()).ToBeFocused())
	p.key("k")
	p.must(expect.Locator(p.page.Locator(".rowlink").First()).ToBeFocused())
	p.key("Enter")
	p.reads("#session-head h1", "Look at me")
}

// typesInFields types every letter that is a shortcut outside fields.
func (p *person) typesInFields(m *team) {
	p.t.Helper()
	const letters = "gsnjkeypa?/[1A"
	p.open(m.path("/sessions"))
	p.key("/")
	p.must(expect.Locator(p.page.Locator("[data-search]")).ToBeFocused())
	p.must(p.page.Keyboard().Type(letters))
	p.must(expect.Locator(p.page.Locator("[data-search]")).ToHaveValue(letters))
	p.at(m.path("/sessions"))
	p.lacks("dialog:popover-open")
	p.key("Escape")
	p.must(expect.Locator(p.page.Locator("[data-search]")).Not().ToBeFocused())
}

// answersWithFocusOnly presses the answer keys without focus, which does nothing, and then with the question in focus.
func (p *person) answersWithFocusOnly(m *team, asking string) {
	p.t.Helper()
	p.open(m.path("/sessions/" + asking))
	p.sees("[data-answer=y]")
	p.key("y", "a", "n")
	p.at(m.path("/sessions/" + asking))
	p.key("6")
	p.at(m.path("/sessions/" + asking + "/log"))
	p.key("1")
	p.at(m.path("/sessions/" + asking))
	m.asked(asking)
	p.key("Shift+A")
	p.must(expect.Locator(p.page.Locator("[data-ask]")).ToBeFocused())
	p.key("y")
	p.reads("#session-head .state", "completed")
}

func (p *person) turnsLettersOff(m *team) {
	p.t.Helper()
	p.open(m.path("/sessions"))
	p.key("?")
	p.must(p.page.Locator("[data-keys-off]").Check())
	p.key("Escape", "Escape")
	p.key("n", "?", "g", "o")
	p.at(m.path("/sessions"))
	p.must(expect.Locator(p.page.Locator("#keys")).ToBeHidden())
}
