package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// screens are those on which an answer must stay in reach: 200 % zoom of 1440×900, a tablet, phones upright, on their side and with
// the keyboard open.
var screens = map[string][2]int{"desk": {1440, 900}, "tablet": {1024, 768}, "low-window": {1024, 600}, "zoom": {720, 450}, "landscape": {844, 390},
	"phone": {390, 844}, "keyboard": {390, 508}, "small-keyboard": {360, 480}, "small-phone": {320, 568}}

// TestBrowserRoomForAnswers opens an approval and a question on every screen. The question, its command and its buttons can be
// reached, and three tenths of the height still show the conversation.
func TestBrowserRoomForAnswers(t *testing.T) {
	t.Parallel()
	heavy(t)
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	approval := m.run("Refuse a start when the team is over its token budget", asksFor(shellJob), nil)
	m.asked(approval)
	question := m.run("Choose the database that the figures of the month are kept in", turns("Ask.", map[string]any{"text": "Both would do.",
		"tools": []any{map[string]any{"name": "question", "args": map[string]any{"questions": json.RawMessage(choice)}}}}), nil)
	m.asked(question)
	options := playwright.BrowserNewContextOptions{Viewport: &playwright.Size{Width: 1440, Height: 900}, ColorScheme: playwright.ColorSchemeDark, HasTouch: playwright.Bool(true)}
	p := w.signIn("acme@example.org", options)
	for name, size := range screens {
		p.must(p.page.SetViewportSize(size[0], size[1]))
		p.open(m.path("/sessions/" + approval))
		p.must(p.shoot("approval-" + name))
		p.fits("approval on " + name)
		p.inReach(name, "#session-dock h3", "#session-dock .cmd")
		p.must(p.page.Locator("#session-dock [data-end]").ScrollIntoViewIfNeeded()) // on the smallest screens the command is longer than its box
		p.inReach(name, "[data-answer=y]", "[data-answer=a]", "[data-answer=n]", "#session-dock summary:has-text('Deny with a reason')")
		p.talkStays(name)
		p.must(p.page.Locator("#session-dock summary:has-text('Deny with a reason')").Tap())
		p.must(p.page.Locator("#session-dock [name=message]").Focus())
		p.must(p.shoot("reason-" + name))
		p.inReach(name+" with a reason", "#session-dock h3", "#session-dock .cmd", "#session-dock [name=message]", "#session-dock .composer button[value=reject]")
		p.talkStays(name + " with a reason")
		p.open(m.path("/sessions/" + question))
		p.must(p.shoot("question-" + name))
		p.inReach(name+", question", "#session-dock legend", "#session-dock .opt:has-text('Postgres')", "#session-dock .opt:has-text('SQLite')", "#session-dock [name=other-0]",
			"#session-dock button[value=answered]", "#session-dock button[value=reject]")
		p.talkStays(name + ", question")
	}
	p.actsFromMenu(m, approval)
}

// inReach checks that a mouse and a finger hit each element: Playwright scrolls to it and looks what is on top at its middle.
func (p *person) inReach(what string, selectors ...string) {
	p.t.Helper()
	for _, s := range selectors {
		e, brief := p.page.Locator(s).First(), playwright.Float(3000)
		if err := e.Click(playwright.LocatorClickOptions{Trial: playwright.Bool(true), Timeout: brief}); err != nil {
			p.t.Errorf("%s: a mouse does not reach %s: %.300v", what, s, err)
		} else if err := e.Tap(playwright.LocatorTapOptions{Trial: playwright.Bool(true), Timeout: brief}); err != nil {
			p.t.Errorf("%s: a finger does not reach %s: %.300v", what, s, err)
		}
	}
}

// talkStays checks how much of the height shows the conversation and nothing else.
func (p *person) talkStays(what string) {
	p.t.Helper()
	got, err := p.page.Evaluate(`() => {
		const r = document.querySelector("[data-flow]").getBoundingClientRect();
		let rows = 0;
		for (let y = Math.max(0, r.top); y < Math.min(innerHeight, r.bottom); y += 2)
			if (document.elementFromPoint(r.left + r.width / 2, y)?.closest("[data-flow]")) rows += 2;
		return rows / innerHeight;
	}`)
	p.must(err)
	least := 0.3
	if strings.HasPrefix(what, "phone") { // upright and without its keyboard, a phone shows the session's head and the composer as well
		least = 0.2
	}
	if share, err := json.Number(fmt.Sprint(got)).Float64(); err != nil || share < least {
		p.t.Errorf("%s: the conversation has %.0f %% of the height, %v", what, share*100, err)
	}
}

// actsFromMenu pauses the session from the menu of a low screen, where the head has made room for the question.
func (p *person) actsFromMenu(m *team, id string) {
	p.t.Helper()
	p.must(p.page.SetViewportSize(720, 450))
	p.open(m.path("/sessions/" + id))
	p.reads(".top .crumb", "Refuse a start")
	menu := p.page.Locator(".top summary[aria-label='More actions']")
	p.must(menu.Click())
	p.must(p.shoot("menu"))
	p.must(p.page.Locator(".top .pop").GetByText("Stop").Click())
	p.sees("#stop-dialog:popover-open")
	p.press("Keep running")
	p.must(menu.Click()) // an act closes its menu
	p.must(p.page.Locator(".top .pop").GetByText("Facts").Click())
	p.sees("#session-aside")
	p.reads("#session-aside", "Plan")
	p.must(p.page.Locator("#session-aside").GetByText("Back to the conversation").Click())
	p.sees("#session-dock .cmd")
	p.must(menu.Click())
	p.must(p.page.Locator(".top .pop").GetByText("Pause").Click())
	p.reads("#session-head .state", "paused")
}
