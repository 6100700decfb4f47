package isolation

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// addresses requests every route with another team's IDs, alone and combined with own ones, and compares with IDs that do not exist.
func (r *run) addresses() error {
	for _, to := range r.Routes {
		for _, from := range foreign(to.Path) {
			for _, accept := range accepts(to) {
				if err := r.pair(to, from, accept); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// accepts returns the Accept headers to try, because any GET route may also be a stream.
func accepts(to Route) []string {
	if to.Method != http.MethodGet {
		return []string{"*/*"}
	}
	return []string{"*/*", "text/event-stream"}
}

func (r *run) pair(to Route, from []whose, accept string) error {
	var got [2]answer
	for i, f := range [][]whose{from, gone(from)} {
		path := r.fill(to.Path, f)
		slug := r.slug(to, f)
		a, err := r.request(to, path, r.body(to, slug, nil), "Accept", accept)
		if err != nil {
			return err
		}
		got[i] = a
	}
	what := r.fill(to.Path, from)
	r.marked(to, got[0], what)
	r.same(to, what, got[0], got[1], !r.as.fits(to) || to.Action == "public")
	if want := r.as.expected(to, from); want != nil && !slices.Contains(want, got[0].status) {
		r.leak(to, "%s: status %d, want one of %v", what, got[0].status, want)
	}
	return nil
}

// slug is the team that a form must contain to be accepted.
func (r *run) slug(to Route, from []whose) string {
	if len(from) > 0 && words(to.Path)[0] == "t" {
		return r.id("t", from[0])
	}
	return r.Mine.Slug
}

// queries requests own paths with another team's IDs in each query parameter.
func (r *run) queries() error {
	for _, to := range r.Routes {
		if !to.reads() || !r.as.fits(to) {
			continue
		}
		for _, q := range r.queriesOf(to) {
			if err := r.query(to, q[0], q[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// query compares the responses for a query with another team's ID and one with an ID that does not exist.
func (r *run) query(to Route, theirs, nobodys string) error {
	path := r.fill(to.Path, own(to.Path))
	got, err := r.request(to, path+"?"+theirs, sent{})
	if err != nil {
		return err
	}
	want, err := r.request(to, path+"?"+nobodys, sent{})
	if err != nil {
		return err
	}
	r.marked(to, got, "?"+theirs)
	// The audit log, and an export that contains it, list the requests of the check itself.
	if to.Action != tenant.ReadAudit && to.Action != tenant.ExportTeam {
		r.same(to, "?"+theirs, got, want, true)
	}
	return nil
}

// queriesOf returns pairs of queries: each parameter with the most likely ID, and all parameters with each ID.
func (r *run) queriesOf(to Route) (out [][2]string) {
	names := Queries
	if to.api() {
		names = r.Document.queries(to)
	}
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		if r.as.Role != tenant.Lead { // only the lead, who may read most, tries each parameter alone
			break
		}
		id := r.likely(name)
		out = append(out, [2]string{url.Values{name: {id}}.Encode(), url.Values{name: {stranger(id)}}.Encode()})
	}
	for _, id := range distinct(r.Theirs.IDs) {
		one, other := url.Values{}, url.Values{}
		for _, name := range names {
			one.Set(name, id)
			other.Set(name, stranger(id))
		}
		out = append(out, [2]string{one.Encode(), other.Encode()})
	}
	return out
}

// likely is the most likely ID for a parameter: a repository's for repository_id; otherwise a session's.
func (c Check) likely(name string) string {
	noun := strings.TrimSuffix(strings.TrimSuffix(name, "_id"), "s")
	for word, id := range c.Theirs.IDs {
		if noun != "" && strings.HasPrefix(word, noun[:min(len(noun), 6)]) {
			return id
		}
	}
	return c.Theirs.IDs["sessions"]
}

// lists reads everything that the asker may read and searches it for another team's names and IDs.
func (r *run) lists() error {
	return r.reads(func(to Route, a answer) {
		r.marked(to, a, "plain request")
		for word, id := range r.Theirs.IDs {
			if ids.MatchString(id) && strings.Contains(a.body, id) {
				r.leak(to, "plain request: the response contains another team's ID after /%s/", word)
			}
		}
	})
}

func (r *run) reads(each func(Route, answer)) error {
	for _, to := range r.Routes {
		if !to.reads() || to.takesToken() != r.as.API && r.as.Role != "" {
			continue
		}
		a, err := r.request(to, r.fill(to.Path, own(to.Path)), sent{})
		if err != nil {
			return err
		}
		each(to, a)
	}
	return nil
}

// Seen returns everything that an asker may read in the own team, by route, without IDs, times and random values.
func (c Check) Seen(ctx context.Context, as Asker) (map[string]string, error) {
	seen := map[string]string{}
	r := &run{Check: c, ctx: ctx, as: as}
	err := r.reads(func(to Route, a answer) {
		body, _, _ := strings.Cut(a.body, auditFile)
		text := times.ReplaceAllString(ids.ReplaceAllString(body, "ID"), "")
		seen[to.Path] = fmt.Sprint(a.status, " ", text)
	})
	return seen, err
}

// times match times and random values on pages and in the API.
var times = regexp.MustCompile(`(?s)<time .*?</time>|"(at|[a-z_]+_at|[a-z]+_seconds)":("[^"]*"|[0-9]+)|data-[a-z-]+="[0-9T:.Z-]+"|[A-Za-z0-9_.-]{40,}`)

// bodies sends another team's IDs in every field of bodies to own paths. For fields that are documented to contain an ID, it compares
// the response with that for an ID that does not exist. Callers can check the database for changes.
func (r *run) bodies() error {
	for _, to := range r.Routes {
		// Public routes have no team, and too many sign-in attempts are blocked.
		if to.Method == http.MethodGet || to.Method == http.MethodHead || !r.as.fits(to) || to.Action == tenant.Public {
			continue
		}
		if err := r.foreignBodies(to); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) foreignBodies(to Route) error {
	path := r.fill(to.Path, own(to.Path))
	for _, name := range r.Document.references(to) {
		one, err := r.request(to, path, r.body(to, r.Mine.Slug, func(f map[string]any) { f[name] = r.likely(name) }))
		if err != nil {
			return err
		}
		other, err := r.request(to, path, r.body(to, r.Mine.Slug, func(f map[string]any) { f[name] = stranger(r.likely(name)) }))
		if err != nil {
			return err
		}
		r.same(to, "with another team's "+name, one, other, true)
		if one.status < http.StatusBadRequest {
			r.leak(to, "with another team's %s: status %d", name, one.status)
		}
	}
	for _, id := range distinct(r.Theirs.IDs) {
		a, err := r.request(to, path, r.body(to, r.Mine.Slug, func(f map[string]any) { replaceTexts(f, id) }))
		if err != nil {
			return err
		}
		r.marked(to, a, "with "+id+" in every field")
	}
	return nil
}

// replaceTexts replaces every text in a body with id, except the fields that authorize the request.
func replaceTexts(fields map[string]any, id string) {
	for name, v := range fields {
		if _, text := v.(string); text && name != "csrf" && name != "team" {
			fields[name] = id
		}
	}
}

// distinct returns the IDs of a team without duplicates.
func distinct(of map[string]string) []string {
	return slices.Compact(slices.Sorted(maps.Values(of)))
}
