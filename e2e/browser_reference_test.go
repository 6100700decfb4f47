package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestBrowserReference reads the page about the API as a stranger: with axe, without scripts, on a phone, enlarged, and with the
// keyboard alone.
func TestBrowserReference(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	p := w.newPerson(w.auditor()).bringsAxe()
	p.sound("reference", "/api/docs", http.StatusOK)
	p.readsReference()
	plain := w.auditor()
	plain.JavaScriptEnabled = playwright.Bool(false)
	q := w.newPerson(plain)
	q.open("/api/docs")
	q.reads("#create-session .call", "POST /sessions")
}

// readsReference goes from the first key to an operation, its schema and back.
func (p *person) readsReference() {
	p.t.Helper()
	p.must(p.page.SetViewportSize(1440, 900))
	p.open("/api/docs")
	p.must(p.page.Keyboard().Press("Tab"))
	p.must(p.page.Keyboard().Press("Enter"))
	p.at("/api/docs#main")
	p.must(p.page.Locator(".ref-list a[href='#create-session']").Press("Enter"))
	p.at("/api/docs#create-session")
	p.visibleBelowTheTop("#create-session h3")
	p.must(p.page.Locator("#create-session a[href='#schema-Session']").First().Click())
	p.visibleBelowTheTop("#schema-Session h3")
	for _, size := range [][2]int{{390, 844}, {720, 450}, {320, 568}} { // a phone; 1440 by 900 at 200 %; 1280 at 400 %
		p.must(p.page.SetViewportSize(size[0], size[1]))
		p.must(p.page.Locator(".ref-narrow a[href='#create-session']").Press("Enter"))
		p.visibleBelowTheTop("#create-session h3")
		wide, err := p.page.Evaluate(`() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth`)
		p.must(err)
		if fmt.Sprint(wide) != "0" {
			p.t.Errorf("at %d px it is %v px too wide", size[0], wide)
		}
	}
}

// visibleBelowTheTop checks that a link's target is on the screen and not behind the bar at the top.
func (p *person) visibleBelowTheTop(selector string) {
	p.t.Helper()
	seen, err := p.page.Locator(selector).First().Evaluate(`(e) => {
		const box = e.getBoundingClientRect(), top = document.elementFromPoint(box.left + 2, box.top + 2);
		return e.contains(top) ? "" : "behind " + (top ? top.outerHTML.slice(0, 80) : "nothing") + " at " + box.top;
	}`, nil)
	p.must(err)
	if why := seen.(string); strings.TrimSpace(why) != "" {
		p.t.Errorf("%s is %s", selector, why)
	}
}
