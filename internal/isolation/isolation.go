// Package isolation requests another team's objects from a running server over HTTP, and reports responses that differ from those
// for objects that do not exist. Tests and "doctor isolation" send the same requests.
package isolation

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Route is one route of the server's router, with the action that it requires.
type Route struct {
	Method, Path string
	Action       tenant.Action
}

// Team is a team with an object for every route: IDs has an ID for each path segment that an ID follows.
type Team struct {
	Slug string
	IDs  map[string]string
}

// Asker is a caller with one credential. Role is the role of the credential in the asker's own team; empty if it has none.
type Asker struct {
	Name   string
	Role   tenant.Role
	API    bool // for /api/v1, otherwise for pages
	Header http.Header
	CSRF   string
}

// Check is a matrix of requests: every route, every ID, every asker.
type Check struct {
	Base   string
	Routes []Route
	// Theirs is the team whose objects the askers of Mine request.
	Theirs, Mine Team
	Askers       []Asker
	// Marks are texts of Theirs that no response may contain.
	Marks []string
	// Document is the server's OpenAPI document, from which bodies are generated.
	Document Document
}

// Row is the result for one kind of request by one asker.
type Row struct {
	What, As string
	Asked    int
	Leaks    []string
}

// Leaks counts the leaks in all rows.
func Leaks(rows []Row) (n int) {
	for _, r := range rows {
		n += len(r.Leaks)
	}
	return n
}

// Run sends all requests. They may destroy objects of Mine. An error means that a request could not be sent.
func (c Check) Run(ctx context.Context) (rows []Row, err error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	for _, ask := range []struct {
		what string
		run  func(*run) error
	}{{"lists, totals, exports", (*run).lists}, {"IDs in paths", (*run).addresses}, {"alternative spellings of paths", (*run).tricks},
		{"IDs in queries", (*run).queries}, {"IDs in bodies", (*run).bodies}} {
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

// run is a row in progress.
type run struct {
	Check
	ctx context.Context
	as  Asker
	row Row
}

const apiPrefix = "/api/v1"

func (r Route) api() bool { return strings.HasPrefix(r.Path, apiPrefix) }

// takesToken reports whether the route authenticates its sender by an API token: those of the API and of the git address.
func (r Route) takesToken() bool { return r.api() || strings.HasPrefix(r.Path, "/t/:slug/git/") }

// stream reports whether the response does not end.
func (r Route) stream() bool { return strings.HasSuffix(r.Path, "/stream") }

// reads reports whether the route responds to GET with a finite response.
func (r Route) reads() bool {
	return r.Method == http.MethodGet && !r.stream() && !strings.Contains(r.Path, "*")
}

// fits reports whether this route accepts the kind of the asker's credential.
func (a Asker) fits(r Route) bool { return a.Role != "" && a.API == r.takesToken() }

// expected returns the status codes that hide another team's object from this asker on this route. nil means that any status is fine
// if it is the same for missing objects.
func (a Asker) expected(r Route, from []whose) []int {
	switch {
	case r.Action == tenant.Public || !a.fits(r) || strings.Contains(r.Path, ":token"):
		return nil
	case r.Action == tenant.AdminOnly:
		return []int{http.StatusForbidden, http.StatusNotFound}
	case a.Role == tenant.Lead || r.Action == tenant.SignedIn || words(r.Path)[0] == "t" && from[0] == theirs:
		return []int{http.StatusNotFound}
	}
	// In the own team, the role is checked before the object, and the owner of a session before its content.
	return []int{http.StatusNotFound, http.StatusForbidden}
}

// form returns the fields that every form contains.
func (a Asker) form(slug string) url.Values {
	v := url.Values{"csrf": {a.CSRF}, "team": {slug}}
	for name, value := range Fields {
		if v.Get(name) == "" {
			v.Set(name, value)
		}
	}
	return v
}
