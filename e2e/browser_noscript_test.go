package e2e

import (
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// TestBrowserWithoutScript uses the pages without JavaScript.
func TestBrowserWithoutScript(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	p := w.signIn("acme@example.org", playwright.BrowserNewContextOptions{JavaScriptEnabled: playwright.Bool(false), Viewport: &playwright.Size{Width: 1440, Height: 900}})
	p.at("/t/acme")
	p.draftsAndStarts(m)
	p.answersAndReads(m)
	p.fallsAndFilters(m)
	p.must(p.page.Locator(".side").GetByText("Sign out").Click())
	p.at("/login")
}

func (p *person) draftsAndStarts(m *team) {
	p.t.Helper()
	p.follow("New session")
	p.fill("Title", "Without script")
	p.fill("Prompt", asksNow)
	p.choose("Repository", "main")
	p.press("Save as draft")
	p.reads("#session-head .state", "pending")
	p.press("Start")
	p.reads("#session-head h1", "Without script")
}

// answersAndReads reloads the page, which is necessary without JavaScript, until there is something to answer.
func (p *person) answersAndReads(m *team) {
	p.t.Helper()
	p.reloads("[data-answer=y]")
	p.must(p.page.Locator("[data-answer=y]").Click())
	p.reloads("#session-head [data-s=completed]")
	p.reads("#conversation", "allowed once by Lead of acme")
	p.must(p.page.Locator("#composer-text").Fill(turns("Once more.", map[string]any{"text": "with feeling"})))
	p.press("Send")
	p.reloads("#conversation .agent:has-text('with feeling')")
	p.reloads("#session-head [data-s=completed]") // the text can be there before the turn has ended, and only then is there a Delete button
	for _, tab := range []string{"Changes", "Model calls", "Log"} {
		p.follow(tab)
		p.sees(".tab[aria-current=page]:has-text('" + tab + "')")
	}
	p.must(p.page.GetByLabel("More for this session").Click())
	p.press("Delete session…")
	p.press("Delete session")
	p.at(m.path("/sessions"))
}

func (p *person) reloads(until string) {
	p.t.Helper()
	p.w.until(until+" is on the page", 60*time.Second, func() bool {
		if _, err := p.page.Reload(); err != nil {
			return false // the page after the form is still loading
		}
		n, err := p.page.Locator(until).Count()
		return err == nil && n > 0
	})
}

// fallsAndFilters gets an error next to the field, with the input kept, and searches with the form.
func (p *person) fallsAndFilters(m *team) {
	p.t.Helper()
	p.open(m.path("/providers"))
	p.fill("Name", "script")
	p.fill("Base URL", "not an address")
	p.press("Add provider")
	p.sees("#f-base_url[aria-invalid=true], #f-name[aria-invalid=true]")
	p.must(expect.Locator(p.page.Locator("#f-base_url")).ToHaveValue("not an address"))
	p.open(m.path("/sessions"))
	p.must(p.page.Locator("[data-search]").Fill("nothing like it"))
	p.press("Search")
	p.reads("#rows", "nothing like it")
	p.follow("Clear filters")
	p.at(m.path("/sessions"))
	p.must(p.page.Locator(".lamp[title=failed]").Click())
	p.sees(".lamp[title=failed][aria-current=true]")
}
