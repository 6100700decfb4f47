// Package isolation asks a running server for another team's things, over HTTP as that team's neighbour would, and says where an
// answer differs from the answer about things that are not there. Tests and "doctor isolation" run the same questions.
package isolation

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Route is one address as the server's router knows it, with the action that opens it.
type Route struct {
	Method, Path string
	Action       tenant.Action
}

// Team is a team with something behind every address: IDs holds an id for each word that an id follows in an address.
type Team struct {
	Slug string
	IDs  map[string]string
}

// Asker is somebody of another team, or nobody, with one credential. Role is what it allows in the own team; empty is none at all.
type Asker struct {
	Name   string
	Role   tenant.Role
	API    bool // for /api/v1; else for pages
	Header http.Header
	CSRF   string
}

// Check is one matrix: every route, every id, every asker.
type Check struct {
	Base   string
	Routes []Route
	// Theirs is asked for by people of Mine.
	Theirs, Mine Team
	Askers       []Asker
	// Marks are texts of Theirs that no answer may hold.
	Marks []string
	// Document is the server's OpenAPI document; bodies of operations are made from it.
	Document Document
}

// Row is what one kind of question by one asker came to.
type Row struct {
	What, As string
	Asked    int
	Leaks    []string
}

// Leaks counts what is wrong in all rows.
func Leaks(rows []Row) (n int) {
	for _, r := range rows {
		n += len(r.Leaks)
	}
	return n
}

// Run asks everything. What is destroyed on the way is Mine. An error means that a question could not be asked at all.
func (c Check) Run(ctx context.Context) (rows []Row, err error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	for _, ask := range []struct {
		what string
		run  func(*run) error
	}{{"lists, sums, exports", (*run).lists}, {"ids in addresses", (*run).addresses}, {"ways to write an address", (*run).tricks},
		{"ids in queries", (*run).queries}, {"ids in bodies", (*run).bodies}} {
		for _, as := range c.Askers {
			r := &run{Check: c, ctx: ctx, as: as, row: Row{What: ask.what, As: as.Name}}
			if err := ask.run(r); err != nil {
				return rows, err
			}
			rows = append(rows, r.row)
		}
	}
	return rows, nil
}

// run is one row on its way.
type run struct {
	Check
	ctx context.Context
	as  Asker
	row Row
}

const apiPrefix = "/api/v1"

func (r Route) api() bool { return strings.HasPrefix(r.Path, apiPrefix) }

// stream is an answer that does not end by itself.
func (r Route) stream() bool { return strings.HasSuffix(r.Path, "/stream") }

// reads says that the route answers GET with something that ends.
func (r Route) reads() bool {
	return r.Method == http.MethodGet && !r.stream() && !strings.Contains(r.Path, "*")
}

// fits says whether the asker's credential is looked at on this route.
func (a Asker) fits(r Route) bool { return a.Role != "" && a.API == r.api() }

// expected are the statuses that hide another team's thing from this asker on this route; none means that any will do if it is
// the same for what is not there, as for a link, which is told that it is used up.
func (a Asker) expected(r Route, from []whose) []int {
	switch {
	case r.Action == tenant.Public || !a.fits(r) || strings.Contains(r.Path, ":token"):
		return nil
	case r.Action == tenant.AdminOnly:
		return []int{http.StatusForbidden, http.StatusNotFound}
	case a.Role == tenant.Lead || r.Action == tenant.SignedIn || words(r.Path)[0] == "t" && from[0] == theirs:
		return []int{http.StatusNotFound}
	}
	// In the own team the role is asked for before the thing, and who owns a session before what is in it.
	return []int{http.StatusNotFound, http.StatusForbidden}
}

// form is what every form of a page is sent with, and what no page takes amiss.
func (a Asker) form(slug string) url.Values {
	v := url.Values{"csrf": {a.CSRF}, "team": {slug}}
	for name, value := range Fields {
		if v.Get(name) == "" {
			v.Set(name, value)
		}
	}
	return v
}
