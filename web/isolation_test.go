package web_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func fill(path, slug string, ids map[string]string, ask string) string {
	parts := strings.Split(strings.Replace(path, ":slug", slug, 1), "/")
	for i, p := range parts {
		switch p {
		case ":id":
			parts[i] = ids[parts[i-1]]
		case ":ask", ":call":
			parts[i] = ask
		}
	}
	return strings.Join(parts, "/")
}

func TestAMalformedIDIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	b := w.signedIn("lead-alpha")
	want := b.get("/t/alpha/sessions/"+id.New()).want(t, http.StatusNotFound).body
	for _, bad := range []string{"x", "%00", "..%2f..", strings.Repeat("a", 300), "NULL", "0192f3a1-0000-7000-8000-00000000000G"} {
		if got := b.get("/t/alpha/sessions/"+bad).want(t, http.StatusNotFound).body; got != want {
			t.Errorf("%q answers otherwise than a missing id", bad)
		}
	}
}

var hasID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-`)

func TestMissingPagesNameNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	b := w.signedIn("lead-alpha")
	for _, path := range []string{"/t/alpha/sessions/" + id.New(), "/nowhere/" + id.New(), "/t/nobody"} {
		if page := b.get(path).want(t, http.StatusNotFound); hasID.MatchString(page.body) {
			t.Errorf("the answer to %s carries an id:\n%s", path, page.body)
		}
	}
}

// Rights are refused with the role they need, and what a role may not do changes nothing.
func TestViewersAndMembersAreRefusedWithTheRoleTheyNeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	refused := map[string][]string{
		"viewer-alpha": {"/sessions", "/sessions/" + string(work.ID) + "/start", "/sessions/" + string(work.ID) + "/messages", "/repositories", "/providers"},
		"member-alpha": {"/sessions/" + string(work.ID) + "/start", "/repositories", "/providers"},
	}
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		b := w.signedIn(name)
		for _, path := range refused[name] {
			page := b.act("alpha", path, url.Values{"text": {"hello"}}).want(t, http.StatusForbidden)
			if !strings.Contains(page.body, "can do this.") {
				t.Errorf("%s: the refusal of %s does not name the role:\n%s", name, path, page.body)
			}
		}
	}
	if s, err := w.app.Work.Session(context.Background(), a, work.ID); err != nil || s.Status != "pending" {
		t.Errorf("the session is %s, %v", s.Status, err)
	}
}
