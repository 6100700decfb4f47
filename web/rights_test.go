package web_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Which action opens which address is in a file under version control: a change of it is seen in review.
func TestRouteByAction(t *testing.T) {
	t.Parallel()
	verbs := app.New(app.Options{Hub: hub.New()})
	s := web.New(webkit.Options{App: verbs, API: api.New(apikit.Options{App: verbs})})
	var b strings.Builder
	all := s.Policies()
	for _, route := range slices.SortedFunc(maps.Keys(all), byPath) {
		if method, path, _ := strings.Cut(route, " "); method != http.MethodHead {
			fmt.Fprintf(&b, "%-6s %-55s %s\n", method, path, all[route])
		}
	}
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/routes.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/routes.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("routes and their actions changed; if that is meant, run go test -update:\n%s", diff)
	}
	for _, r := range s.Fiber.GetRoutes(true) {
		if all[r.Method+" "+r.Path] == "" {
			t.Errorf("%s %s has no action", r.Method, r.Path)
		}
	}
}

func byPath(a, b string) int {
	am, ap, _ := strings.Cut(a, " ")
	bm, bp, _ := strings.Cut(b, " ")
	return strings.Compare(ap+" "+am, bp+" "+bm)
}

// furnished is a team whose every page shows something, with the ids that stand in its addresses.
type furnished struct {
	w      *world
	ids    map[string]string
	ask    string
	owners map[string]tenant.UserID // of sessions
}

func furnish(t *testing.T, w *world) furnished {
	t.Helper()
	a := crew(t, w, "alpha")
	member := w.actor("alpha", "member-alpha")
	work := w.session(a, "Port the ledger", true)
	w.asks(w.claim(), "1", "make migrate")
	own := w.session(member, "Draw the chart", false)
	_, invitation, err := w.app.People.Invite(t.Context(), a, "new@example.org", tenant.Member)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := w.app.People.CreateToken(t.Context(), member, "ci", apitoken.Run, nil)
	if err != nil {
		t.Fatal(err)
	}
	return furnished{w, map[string]string{"sessions": string(work.ID), "people": string(member.User), "invitations": invitation.ID, "tokens": key.ID,
		"repositories": string(must(w.app.Repos.Repositories(t.Context(), a))(t)[0].ID), "providers": string(must(w.app.Models.Providers(t.Context(), a))(t)[0].ID)},
		must(w.app.Work.Asks(t.Context(), a, work.ID))(t)[0].ID, map[string]tenant.UserID{string(work.ID): a.User, string(own.ID): member.User}}
}

// address fills a route's path; what has no id of its own gets one that nobody has.
func (f furnished) address(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) > 3 && f.ids[parts[3]] == "" {
		f.ids[parts[3]] = id.New()
	}
	return fill(path, "alpha", f.ids, f.ask)
}

// may says whether the person may do what a route is for, on the session the address names where it names one.
func (f furnished) may(by tenant.Actor, method, address string) (may, known bool) {
	u, err := url.Parse(address)
	if err != nil {
		return false, false
	}
	for route, action := range f.w.web.Policies() {
		m, pattern, _ := strings.Cut(route, " ")
		if m != method || !fiber.RoutePatternMatch(u.Path, pattern, fiber.Config{StrictRouting: true, CaseSensitive: true}) {
			continue
		}
		if action == tenant.Public || action == tenant.SignedIn {
			return true, true
		}
		if p := strings.Split(u.Path, "/"); len(p) > 4 && f.owners[p[4]] != "" {
			return by.CanOn(action, f.owners[p[4]]), true
		}
		return by.Can(action), true
	}
	return false, false
}

// What a person may not do is not drawn on any page: no form and no link that the policy would refuse.
func TestNothingIsDrawnThatWouldBeRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := furnish(t, w)
	for _, role := range tenant.Roles() {
		name := string(role) + "-alpha"
		b, by := w.signedIn(name), w.actor("alpha", name)
		pages, forms := 0, 0
		for _, path := range f.pages() {
			r := b.get(path)
			if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
				continue
			}
			pages++
			forms += f.held(t, by, path, r.doc(t))
		}
		if pages < 12 || forms < pages {
			t.Errorf("%s: %d pages with %d forms were walked", name, pages, forms)
		}
	}
}

// pages are the addresses of every page, for each session there is.
func (f furnished) pages() (out []string) {
	for route := range f.w.web.Policies() {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || strings.HasSuffix(path, "/stream") || strings.Contains(path, ":token") || strings.Contains(path, "*") {
			continue
		}
		if !strings.Contains(path, "/sessions/:id") {
			out = append(out, f.address(path))
			continue
		}
		for session := range f.owners {
			f.ids["sessions"] = session
			out = append(out, f.address(path))
		}
	}
	slices.Sort(out)
	return out
}

// held holds a page's forms and links against the policy.
func (f furnished) held(t *testing.T, by tenant.Actor, page string, d *goquery.Document) (forms int) {
	t.Helper()
	check := func(method, attribute string) func(int, *goquery.Selection) {
		return func(_ int, s *goquery.Selection) {
			address := s.AttrOr(attribute, "")
			if !strings.HasPrefix(address, "/") {
				return
			}
			may, known := f.may(by, method, address)
			if !known && method == http.MethodPost {
				t.Errorf("%s on %s: a form goes to %s, which is no route", by.Role, page, address)
			}
			if known && !may {
				t.Errorf("%s on %s: %s %s is drawn and would be refused", by.Role, page, method, address)
			}
		}
	}
	posts := d.Find("form[method=post]")
	posts.Each(check(http.MethodPost, "action"))
	d.Find("[hx-post]").Each(check(http.MethodPost, "hx-post"))
	d.Find("a[href]").Each(check(http.MethodGet, "href"))
	return posts.Length()
}

// Whoever sends it all the same is refused, with the role that it needs.
func TestWhatIsNotDrawnIsRefusedAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := furnish(t, w)
	seen := 0
	for _, role := range []tenant.Role{tenant.Viewer, tenant.Member} {
		name := string(role) + "-alpha"
		b, by := w.signedIn(name), w.actor("alpha", name)
		token := b.csrf()
		for route, action := range w.web.Policies() {
			method, path, _ := strings.Cut(route, " ")
			if !strings.HasPrefix(path, "/t/:slug") || by.Can(action) {
				continue
			}
			r := b.request(method, f.address(path), strings.NewReader(url.Values{"csrf": {token}, "team": {"alpha"}}.Encode()), "Content-Type", "application/x-www-form-urlencoded")
			if got := b.do(r); got.StatusCode != http.StatusForbidden || method != http.MethodHead && !strings.Contains(got.body, "can do this.") {
				t.Errorf("%s sends %s: status %d, without the role it needs", name, route, got.StatusCode)
			}
			seen++
		}
	}
	if seen < 40 {
		t.Errorf("only %d refusals were tried", seen)
	}
}
