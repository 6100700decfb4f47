package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// windows are the sizes between a desk and a phone: small laptops, tablets, a phone on its side and a page at 200 %.
var windows = [][2]int{{1280, 800}, {1100, 800}, {1024, 768}, {844, 390}, {720, 450}}

// TestBrowserLayout opens every page of a lead and an admin, with content, in each of the windows. Nothing is too narrow to be read,
// nothing lies over something else, and no page or table is wider than its room.
func TestBrowserLayout(t *testing.T) {
	t.Parallel()
	heavy(t)
	browser(t)
	w := newWorld(t, "--opencode-idle", "1s") // so that processes are listed
	root := w.admin(w.auditor())
	m := w.newTeam("acme", 3)
	w.command("", "tenant", "quota", "--tenant", "acme", "--max-tokens-per-month", "1,000,000", "--max-cost-per-month", "50")
	done := m.run("Greet people "+long, mainJob, nil)
	m.reply(done, m.asked(done), "once")
	m.becomes(done, 60e9, "completed")
	asking := m.run("Ask", asksNow, nil)
	m.asked(asking)
	m.post("/budget/requests", map[string]any{"tokens": 2_000_000, "cost_microusd": 100_000_000, "reason": long}, nil)
	m.join("a-person-with-a-name-as-long-as-addresses-are-in-some-places", "viewer")
	lead := w.signIn("acme@example.org", w.auditor())
	lead.open(m.path("/providers"))
	lead.follow("script")
	provider := strings.TrimPrefix(lead.page.URL(), lead.url)
	lead.straight(map[string]string{"overview": m.path(""), "sessions": m.path("/sessions"), "needs-you": m.path("/needs-you"), "new": m.path("/sessions/new"), "repositories": m.path("/repositories"),
		"repository": m.path("/repositories/" + m.rep), "providers": m.path("/providers"), "provider": provider, "people": m.path("/people"), "budget": m.path("/budget"), "costs": m.path("/budget/costs"),
		"audit": m.path("/audit"), "account": "/account", "session": m.path("/sessions/" + done), "asking": m.path("/sessions/" + asking), "changes": m.path("/sessions/" + done + "/changes"),
		"calls": m.path("/sessions/" + done + "/calls"), "log": m.path("/sessions/" + done + "/log")})
	root.open("/admin/users?q=lead")
	root.follow("Lead of acme")
	person := strings.TrimPrefix(root.page.URL(), root.url)
	root.straight(map[string]string{"tenants": "/admin", "tenant": "/admin/tenants/acme", "new-tenant": "/admin/new-tenant", "users": "/admin/users", "user": person, "usage": "/admin/usage",
		"usage-person": "/admin/usage?by=person", "usage-model": "/admin/usage?by=model", "queue": "/admin/queue", "processes": "/admin/processes", "jobs": "/admin/jobs", "prices": "/admin/prices",
		"admin-audit": "/admin/audit", "settings": "/admin/settings", "health": "/admin/health"})
}

// straight checks pages in each of the windows.
func (p *person) straight(pages map[string]string) {
	p.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if got := p.open(pages[name]); got != http.StatusOK {
			p.t.Errorf("%s answers %d", pages[name], got)
		}
		for _, size := range windows {
			p.must(p.page.SetViewportSize(size[0], size[1]))
			wrong, err := p.page.Evaluate(crooked)
			p.must(err)
			for _, fault := range wrong.([]any) {
				p.t.Errorf("%s at %dx%d: %s", name, size[0], size[1], fault)
			}
			p.must(p.shoot(fmt.Sprintf("%s-%d", name, size[0])))
		}
	}
}

// crooked finds what a narrow window does to a page: a page or a table that is wider than its room, a column too narrow for its words, a
// header over its neighbour, a figure or a word that is cut without a sign of it, and a button that lies over a text.
const crooked = `() => {
	const wrong = [], say = (what, e, more) => wrong.push(what + ": " + (e.textContent || "").trim().replace(/\s+/g, " ").slice(0, 50) + " " + (more ?? ""));
	const seen = (e) => e.checkVisibility({visibilityProperty: true}) && !e.closest(".sr,dialog:not(:popover-open),[aria-hidden=true]") && getComputedStyle(e).clipPath !== "inset(50%)";
	const root = document.scrollingElement;
	if (root.scrollWidth > root.clientWidth) wrong.push("the page scrolls sideways: " + root.scrollWidth + " of " + root.clientWidth);
	for (const box of document.querySelectorAll(".tw")) if (seen(box) && box.scrollWidth > box.clientWidth) say("a table is wider than its box", box, box.scrollWidth + " of " + box.clientWidth);

	// words are the visible texts inside an element, with the rectangle that is left of each after what cuts it
	const words = (e) => {
		const found = [], texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) {
			const text = texts.currentNode, at = text.parentElement;
			if (!text.data.trim() || !seen(at) || at.closest("script,style,option,textarea,svg")) continue;
			const range = document.createRange();
			range.selectNodeContents(text);
			for (const r of range.getClientRects()) if (r.width > 1) {
				let left = r.left, right = r.right, top = r.top, bottom = r.bottom, cut = null, inner = false;
				for (let p = at; p && p !== document.body; p = p.parentElement) {
					const style = getComputedStyle(p), box = p.getBoundingClientRect();
					if (style.display === "inline") continue;
					if (style.overflowX === "visible") { inner ||= ["flex", "grid", "block"].includes(style.display); continue; }
					if ((right > box.right + 1 || left < box.left - 1) && style.overflowX === "hidden" && (style.textOverflow !== "ellipsis" || inner) && !cut) cut = p;
					inner ||= ["flex", "grid", "block"].includes(style.display);
					left = Math.max(left, box.left), right = Math.min(right, box.right), top = Math.max(top, box.top), bottom = Math.min(bottom, box.bottom);
				}
				found.push({text: text.data.trim(), at, left, right, top, bottom, whole: r, cut});
			}
		}
		return found;
	};
	const still = (e) => { for (let p = e; p; p = p.parentElement) if (["sticky", "fixed", "absolute"].includes(getComputedStyle(p).position)) return false; return true; };

	for (const row of document.querySelectorAll(".tbl tr")) {
		let end = -1, before = "";
		for (const cell of row.children) {
			if (!seen(cell) || !cell.textContent.trim()) continue;
			const parts = words(cell);
			if (parts.length === 0) continue;
			const box = cell.getBoundingClientRect(), from = Math.min(...parts.map((p) => p.whole.left)), to = Math.max(...parts.map((p) => p.whole.right));
			const longest = Math.max(...parts.map((p) => p.text.length)), fits = to <= box.right + 1 && from >= box.left - 1;
			if (cell.tagName === "TH") {
				if (!fits) say("a header leaves its column", cell, Math.round(to - from) + " of " + Math.round(box.width));
				if (from < end) say("a header lies over " + before, cell);
				end = to, before = cell.textContent.trim();
			} else if (box.width < 60 && (!fits || longest > 8)) say("a column is too narrow", cell, Math.round(box.width));
			else if (cell.matches(".num") && !fits) say("a figure is cut", cell, Math.round(to - from) + " of " + Math.round(box.width));
			else if (longest > 60 && box.width < 120 && box.height > 100) say("a text stands in a column too narrow", cell, Math.round(box.width) + "x" + Math.round(box.height));
		}
	}
	const dots = [...document.querySelectorAll(".stream-dot")], lit = dots.filter(seen).length;
	if (dots.length > 0 && lit === 0) wrong.push("no live dot is visible");
	const texts = words(document.body);
	for (const w of texts) if (w.cut) say("a text is cut", w.at, w.text + " in " + w.cut.className);
	for (const e of document.querySelectorAll(".strip .cell *,.stream-dot,.kv dt")) if (seen(e) && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline") say("a text is cut", e, e.scrollWidth + " of " + e.clientWidth);
	for (const input of document.querySelectorAll("input[placeholder]:placeholder-shown")) if (seen(input) && input.scrollWidth > input.clientWidth + 1) wrong.push("a placeholder is cut: " + input.placeholder);
	for (const button of document.querySelectorAll("main button,main .btn")) {
		if (!seen(button) || !still(button)) continue;
		const b = button.getBoundingClientRect();
		for (const w of texts) {
			if (button.contains(w.at) || w.at.contains(button) && w.at.matches("label") || !still(w.at)) continue;
			const wide = Math.min(b.right, w.right) - Math.max(b.left, w.left), high = Math.min(b.bottom, w.bottom) - Math.max(b.top, w.top);
			if (wide > 1 && high > 3) say("a button covers a text", button, w.text.slice(0, 40) + " by " + Math.round(wide) + "x" + Math.round(high));
		}
	}
	return wrong;
}`
