package web_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation/throwaway"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// T-01, T-02, T-03, T-04, T-07, T-08: every registered route × every id in path, query and body × every kind of credential.
// What is not yours is answered like what is not there, to the byte, and stays as it was. The router is walked, so that a new
// route is in here the day it is added; one with an id that the two teams lack fails with a sentence.
func TestT01NothingOfAnotherTeamCanBeReached(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("asks tens of thousands of questions, and is run without the race detector")
	}
	w := newWorld(t, withAPI)
	theirs, mine := w.throwaway("alpha", "kestrel"), w.throwaway("beta", "magpie")
	before := rowsOf(t, w, theirs)
	c := w.matrix(theirs, mine)
	rows, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]int{}
	for _, r := range rows {
		asked[r.What] += r.Asked
		for _, l := range r.Leaks {
			t.Errorf("%s, as %s: %s", r.What, r.As, l)
		}
	}
	for what, least := range map[string]int{"IDs in paths": 4000, "alternative spellings of paths": 3000, "IDs in queries": 500, "lists, totals, exports": 100, "IDs in bodies": 300} {
		if asked[what] < least {
			t.Errorf("%s: only %d questions", what, asked[what])
		}
	}
	t.Log(asked)
	if after := rowsOf(t, w, theirs); !slices.Equal(before, after) {
		t.Errorf("another team's rows changed:\n%s", changed(before, after))
	}
	for _, row := range rowsOf(t, w, mine) {
		if column, ok := refersTo(row, theirs); ok {
			t.Errorf("a row of the asker's team points at another team's: %s in %s", column, row)
		}
	}
}

// T-03: whatever a team does, no number, list, search, export or figure of another team moves, and none names it. Time stands still,
// because a forecast moves with it.
func TestT03NoNumberMovesByAnotherTeamsActs(t *testing.T) {
	t.Parallel()
	now := stopped(time.Now())
	w := newWorldOf(t, func(o *app.Options) { o.Clock = now }, withAPI, func(o *webkit.Options) { o.MetricsToken = "figures" })
	theirs, mine := w.throwaway("alpha", "kestrel"), w.throwaway("beta", "magpie")
	c := w.matrix(theirs, mine)
	lead, manage := c.Askers[0], c.Askers[3]
	seen(t, c, manage) // a token that was never used is said to be
	before := []map[string]string{seen(t, c, lead), seen(t, c, manage)}
	stream := w.signedInAs(lead).stream("/t/beta/stream?view=overview")
	stream.until("the first numbers", func(m message) bool { return m.id != "" })
	for i := range 3 {
		w.session(theirs.Lead, fmt.Sprint("More of the kestrel ", i), true)
	}
	if _, _, err := w.app.People.Invite(t.Context(), theirs.Lead, "another@kestrel.example", tenant.Lead); err != nil {
		t.Fatal(err)
	}
	for i, as := range []isolation.Asker{lead, manage} {
		if diff := cmp.Diff(before[i], seen(t, c, as)); diff != "" {
			t.Errorf("what %s sees moved by another team's acts (-before +after):\n%s", as.Name, diff)
		}
	}
	figures := w.browser().get("/metrics", "Authorization", "Bearer figures").want(t, http.StatusOK).body
	if strings.Contains(figures, "kestrel") || strings.Contains(figures, "alpha") || !strings.Contains(figures, "queued") {
		t.Errorf("the figures name a team:\n%s", figures)
	}
	w.session(mine.Lead, "An end of the magpie", true)
	for _, m := range stream.until("an own change", func(m message) bool { return strings.Contains(m.data, "An end of the magpie") }) {
		if strings.Contains(m.data, "kestrel") {
			t.Errorf("another team's stream shows %s", m.data)
		}
	}
}

func seen(t *testing.T, c isolation.Check, as isolation.Asker) map[string]string {
	t.Helper()
	all, err := c.Seen(t.Context(), as)
	if err != nil || len(all) < 15 {
		t.Fatalf("%d pages were read, %v", len(all), err)
	}
	for path, text := range all {
		if strings.Contains(path, "/audit") { // reading it is written down in it
			delete(all, path)
		} else if strings.Contains(text, "kestrel") {
			t.Errorf("%s shows another team's name", path)
		}
	}
	return all
}

// signedInAs is a browser with an asker's cookie.
func (w *world) signedInAs(as isolation.Asker) *browser {
	w.t.Helper()
	b := w.browser()
	u, _ := url.Parse(w.base)
	cookies, err := http.ParseCookie(as.Header.Get("Cookie"))
	if err != nil {
		w.t.Fatal(err)
	}
	b.http.Jar.SetCookies(u, cookies)
	return b
}

func (w *world) throwaway(slug, mark string) *throwaway.Team {
	w.t.Helper()
	team, err := throwaway.Make(w.t.Context(), w.db, w.app, slug, mark)
	if err != nil {
		w.t.Fatal(err)
	}
	return team
}

func (w *world) matrix(theirs, mine *throwaway.Team) isolation.Check {
	w.t.Helper()
	askers, err := mine.Askers(w.t.Context(), w.base)
	if err != nil {
		w.t.Fatal(err)
	}
	doc, err := isolation.ReadDocument([]byte(w.browser().get("/api/v1/openapi.json").body))
	if err != nil {
		w.t.Fatal(err)
	}
	c := isolation.Check{Base: w.base, Theirs: theirs.Team, Mine: mine.Team, Askers: askers, Marks: theirs.Marks(), Document: doc}
	policies := w.web.Policies()
	for _, r := range w.web.Fiber.GetRoutes(true) {
		c.Routes = append(c.Routes, isolation.Route{Method: r.Method, Path: r.Path, Action: policies[r.Method+" "+r.Path]})
	}
	return c
}

// rowsOf is everything stored of a team, past every wall.
func rowsOf(t *testing.T, w *world, team *throwaway.Team) []string {
	t.Helper()
	return dbtest.Everything(t, w.db, team.Lead.Tenant)
}

func changed(before, after []string) string {
	var b strings.Builder
	for _, row := range before {
		if !slices.Contains(after, row) {
			b.WriteString("- " + row + "\n")
		}
	}
	for _, row := range after {
		if !slices.Contains(before, row) {
			b.WriteString("+ " + row + "\n")
		}
	}
	return b.String()
}

// refersTo finds another team's id where a row keeps references; texts may hold what was typed.
func refersTo(row string, team *throwaway.Team) (string, bool) {
	for _, field := range strings.Split(row, "\x1f") {
		column, value, _ := strings.Cut(field, "=")
		if !strings.HasSuffix(column, "_id") || column == "object_id" {
			continue
		}
		for _, id := range team.IDs {
			if value == id {
				return column, true
			}
		}
	}
	return "", false
}

// The names that the check tries are those that the handlers read: a new one is added there the day a handler reads it.
func TestTheMatrixKnowsEveryField(t *testing.T) {
	t.Parallel()
	reads := map[string]map[string]bool{"FormValue": {}, "Query": {}}
	for _, name := range sources(t) {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				noteRead(reads, call)
			}
			return true
		})
	}
	for name := range reads["FormValue"] {
		if _, ok := isolation.Fields[name]; !ok && name != "csrf" && name != "team" {
			t.Errorf("a handler reads the field %q of a form: give isolation.Fields an example of it", name)
		}
	}
	for name := range reads["Query"] {
		if !slices.Contains(isolation.Queries, name) {
			t.Errorf("a handler reads %q from the query: add it to isolation.Queries", name)
		}
	}
	if len(reads["FormValue"]) < 30 || len(reads["Query"]) < 8 {
		t.Errorf("found only %v", reads)
	}
}

// sources are the files of the face, the kit and every area; the API's fields are in its document.
func sources(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (path == "api" || path == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// readers are the helpers that read an input for a handler: what they read from, and which of their arguments is its name.
var readers = map[string]struct {
	from string
	at   int
}{
	"FormValue": {"FormValue", 0}, "Query": {"Query", 0}, "formColumn": {"FormValue", 1}, "wholeNumber": {"FormValue", 1}, "countFrom": {"FormValue", 2},
	"numberIn": {"Query", 1}, "q": {"Query", 0},
}

// noteRead notes c.FormValue("name") and c.Query("name"), and helpers that take the context and a name, such as formColumn(c, "name").
func noteRead(reads map[string]map[string]bool, call *ast.CallExpr) {
	var name string
	switch fn := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = fn.Sel.Name
	case *ast.Ident:
		name = fn.Name
	}
	r, ok := readers[name]
	if !ok || len(call.Args) <= r.at {
		return
	}
	if lit, ok := call.Args[r.at].(*ast.BasicLit); ok {
		if name, err := strconv.Unquote(lit.Value); err == nil {
			reads[r.from][name] = true
		}
	}
}
