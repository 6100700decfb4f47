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

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/tenant"
)

// Whatever team B asks of team A's things is answered as if they did not exist, to the byte.
func TestATeamsPagesDoNotExistForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	crew(t, w, "beta")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	w.asks(l, "1", "make migrate")
	asks, err := w.app.Asks(context.Background(), a, work.ID)
	if err != nil {
		t.Fatal(err)
	}
	repos, _ := w.app.Repositories(context.Background(), a)
	providers, _ := w.app.Providers(context.Background(), a)
	_, invitation, err := w.app.Invite(context.Background(), a, "new@example.org", tenant.Member)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := w.app.CreateToken(context.Background(), a, "ci", apitoken.Run, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := w.signedIn("lead-beta")
	token := b.csrf()
	seen := 0
	for _, r := range w.web.Fiber.GetRoutes(true) {
		if !strings.HasPrefix(r.Path, "/t/:slug") || r.Method == http.MethodHead {
			continue
		}
		ids := map[string]string{"sessions": string(work.ID), "repositories": string(repos[0].ID), "providers": string(providers[0].ID),
			"people": string(a.User), "invitations": invitation.ID, "tokens": key.ID}
		for _, slugs := range [][2]string{{"alpha", "gamma"}, {"beta", "beta"}} {
			if slugs[0] == "beta" && !strings.Contains(r.Path, ":id") {
				continue
			}
			theirs := fill(r.Path, slugs[0], ids, asks[0].ID)
			missing := fill(r.Path, slugs[1], map[string]string{"sessions": id.New(), "repositories": id.New(), "providers": id.New(),
				"people": id.New(), "invitations": id.New(), "tokens": id.New()}, id.New())
			compare(t, b, r.Method, theirs, missing, token)
			seen++
		}
	}
	if seen < 50 {
		t.Errorf("compared only %d pairs", seen)
	}
	if is, err := w.app.Invitations(context.Background(), a); err != nil || len(is) != 1 {
		t.Errorf("invitations of alpha: %v, %v", is, err)
	}
	after, err := w.app.Session(context.Background(), a, work.ID)
	if err != nil || after.Status != "running" {
		t.Errorf("the session of alpha is %s, %v", after.Status, err)
	}
}

func fill(path, slug string, ids map[string]string, ask string) string {
	parts := strings.Split(strings.Replace(path, ":slug", slug, 1), "/")
	for i, p := range parts {
		switch p {
		case ":id":
			parts[i] = ids[parts[3]]
		case ":ask", ":call":
			parts[i] = ask
		}
	}
	return strings.Join(parts, "/")
}

func compare(t *testing.T, b *browser, method, theirs, missing, token string) {
	t.Helper()
	ask := func(path string) answer {
		if method == http.MethodGet {
			return b.get(path)
		}
		return b.post(path, url.Values{"csrf": {token}, "team": {strings.Split(path, "/")[2]}, "text": {"x"}, "reply": {"once"},
			"default_branch": {"main"}, "api_key": {"k"}, "model_id": {"m"}, "role": {"viewer"}, "email": {"x@example.org"}, "model_context": {"9"}, "model_output": {"9"}})
	}
	got, want := ask(theirs), ask(missing)
	if got.StatusCode != http.StatusNotFound || want.StatusCode != http.StatusNotFound {
		t.Errorf("%s %s: status %d; %s: status %d; both must be 404", method, theirs, got.StatusCode, missing, want.StatusCode)
		return
	}
	if diff := cmp.Diff(want.body, got.body); diff != "" {
		t.Errorf("%s %s differs from a missing one (-missing +theirs):\n%s", method, theirs, diff)
	}
	for _, h := range []*answer{&got, &want} {
		h.Header.Del("Date")
		h.Header.Del("X-Request-Id")
	}
	if diff := cmp.Diff(want.Header, got.Header); diff != "" {
		t.Errorf("%s %s: headers differ from a missing one (-missing +theirs):\n%s", method, theirs, diff)
	}
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
			if !strings.Contains(page.body, "You need the role") {
				t.Errorf("%s: the refusal of %s does not name the role:\n%s", name, path, page.body)
			}
		}
	}
	if s, err := w.app.Session(context.Background(), a, work.ID); err != nil || s.Status != "pending" {
		t.Errorf("the session is %s, %v", s.Status, err)
	}
}
