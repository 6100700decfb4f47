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

// addresses asks for every route with another team's ids, alone and beside own ones, and for the same with ids that nobody has.
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

// accepts are the kinds of answer that a route may be asked for: a stream can stand behind any GET.
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
		a, err := r.ask(to, path, r.body(to, slug, nil), "Accept", accept)
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

// slug is the team that a form must name to be believed.
func (r *run) slug(to Route, from []whose) string {
	if len(from) > 0 && words(to.Path)[0] == "t" {
		return r.id("t", from[0])
	}
	return r.Mine.Slug
}

// queries asks own addresses with another team's ids in each part of the query that a handler reads.
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

// query compares an answer to own things under a query that names another team's with one that names nobody's.
func (r *run) query(to Route, theirs, nobodys string) error {
	path := r.fill(to.Path, own(to.Path))
	got, err := r.ask(to, path+"?"+theirs, sent{})
	if err != nil {
		return err
	}
	want, err := r.ask(to, path+"?"+nobodys, sent{})
	if err != nil {
		return err
	}
	r.marked(to, got, "?"+theirs)
	// The audit log tells of the questions themselves, and so does an export that holds it.
	if to.Action != tenant.ReadAudit && to.Action != tenant.ExportTeam {
		r.same(to, "?"+theirs, got, want, true)
	}
	return nil
}

// queriesOf are pairs of queries: each name with the id that it is likeliest to take, and all names at once with each id there is.
func (r *run) queriesOf(to Route) (out [][2]string) {
	names := Queries
	if to.api() {
		names = r.Document.queries(to)
	}
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		if r.as.Role != tenant.Lead { // each name alone is asked by who may see most; the others ask with all of them at once
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

// likely is the id of theirs that a name asks for: repository_id a repository's; else a session's.
func (c Check) likely(name string) string {
	noun := strings.TrimSuffix(strings.TrimSuffix(name, "_id"), "s")
	for word, id := range c.Theirs.IDs {
		if noun != "" && strings.HasPrefix(word, noun[:min(len(noun), 6)]) {
			return id
		}
	}
	return c.Theirs.IDs["sessions"]
}

// lists reads everything the asker may read and looks for another team's names and ids.
func (r *run) lists() error {
	return r.reads(func(to Route, a answer) {
		r.marked(to, a, "as it is")
		for word, id := range r.Theirs.IDs {
			if ids.MatchString(id) && strings.Contains(a.body, id) {
				r.leak(to, "as it is: the answer names another team's id after /%s/", word)
			}
		}
	})
}

func (r *run) reads(each func(Route, answer)) error {
	for _, to := range r.Routes {
		if !to.reads() || to.api() != r.as.API && r.as.Role != "" {
			continue
		}
		a, err := r.ask(to, r.fill(to.Path, own(to.Path)), sent{})
		if err != nil {
			return err
		}
		each(to, a)
	}
	return nil
}

// Seen is everything that an asker may read of the own team, by route, without ids; what tells the time or is drawn by chance is
// taken out.
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

// times are how pages and the API say when something was, and what is drawn by chance.
var times = regexp.MustCompile(`(?s)<time .*?</time>|"(at|[a-z_]+_at|[a-z]+_seconds)":("[^"]*"|[0-9]+)|data-[a-z-]+="[0-9T:.Z-]+"|[A-Za-z0-9_.-]{40,}`)

// bodies sends own addresses another team's ids in every field. Where a field is documented to be an id, the answer is compared
// with the one about an id that nobody has; what was stored is for whoever holds the database against it.
func (r *run) bodies() error {
	for _, to := range r.Routes {
		// Who is nobody yet has no things; and whoever tries to sign in too often is made to wait.
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
		one, err := r.ask(to, path, r.body(to, r.Mine.Slug, func(f map[string]any) { f[name] = r.likely(name) }))
		if err != nil {
			return err
		}
		other, err := r.ask(to, path, r.body(to, r.Mine.Slug, func(f map[string]any) { f[name] = stranger(r.likely(name)) }))
		if err != nil {
			return err
		}
		r.same(to, "with a foreign "+name, one, other, true)
		if one.status < http.StatusBadRequest {
			r.leak(to, "with a foreign %s: status %d", name, one.status)
		}
	}
	for _, id := range distinct(r.Theirs.IDs) {
		a, err := r.ask(to, path, r.body(to, r.Mine.Slug, func(f map[string]any) { replaceTexts(f, id) }))
		if err != nil {
			return err
		}
		r.marked(to, a, "with "+id+" in every field")
	}
	return nil
}

// replaceTexts puts id in every text of a body but for what makes it believed.
func replaceTexts(fields map[string]any, id string) {
	for name, v := range fields {
		if _, text := v.(string); text && name != "csrf" && name != "team" {
			fields[name] = id
		}
	}
}

// distinct are the ids of a team, each once.
func distinct(of map[string]string) []string {
	return slices.Compact(slices.Sorted(maps.Values(of)))
}
