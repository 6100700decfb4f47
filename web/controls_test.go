package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// controls are the acts a page offers about the team's things: where its forms post to.
func controls(d *goquery.Document) []string { return acts(d, `form[method=post][action^="/t/"]`) }

// others are controls without the way out of the team, which everybody has.
func others(d *goquery.Document) []string {
	return acts(d, `form[method=post][action^="/t/"]:not([action$="/people/leave"])`)
}

func acts(d *goquery.Document, which string) []string {
	return d.Find(which).Map(func(_ int, f *goquery.Selection) string { return f.AttrOr("action", "") })
}

// Each role sees the controls it may use and no others: a viewer's pages post nothing.
func TestEachRoleSeesOnlyWhatItMayDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	leads := w.session(a, "Port the ledger", true)
	w.asks(w.claim(), "1", "make migrate")
	members := w.session(w.actor("alpha", "member-alpha"), "Draw the chart", false)
	rs, ps := must(w.app.Repos.Repositories(t.Context(), a))(t), must(w.app.Models.Providers(t.Context(), a))(t)
	of := func(id session.ID) string { return "/t/alpha/sessions/" + string(id) }
	for _, one := range []struct {
		path         string
		member, lead bool
	}{
		{"/t/alpha", false, true}, {"/t/alpha/sessions", false, false}, {"/t/alpha/needs-you", false, true}, {"/t/alpha/people", false, true},
		{of(leads.ID), false, true}, {of(leads.ID) + "/changes", false, true}, {of(leads.ID) + "/log", false, true}, {of(members.ID), true, true},
		{"/t/alpha/repositories", false, true}, {"/t/alpha/repositories/" + string(rs[0].ID), false, true},
		{"/t/alpha/providers", false, true}, {"/t/alpha/providers/" + string(ps[0].ID), false, true},
	} {
		for name, want := range map[string]bool{"viewer-alpha": false, "member-alpha": one.member, "lead-alpha": one.lead} {
			d := w.signedIn(name).get(one.path).want(t, http.StatusOK).doc(t)
			if got := others(d); (len(got) > 0) != want {
				t.Errorf("%s on %s sees forms to %v", name, one.path, got)
			}
			if n := d.Find(`a[href$="/sessions/new"]`).Length(); (n > 0) != (name != "viewer-alpha") {
				t.Errorf("%s on %s sees %d ways to a new session", name, one.path, n)
			}
		}
	}
	w.signedIn("viewer-alpha").get("/t/alpha/sessions/new").want(t, http.StatusForbidden)
	w.signedIn("member-alpha").get(of(leads.ID)+"/calls").want(t, http.StatusForbidden)
}

// must gives a value whose error ends the test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Who may not answer reads what is asked, and who may.
func TestAQuestionSaysWhoMayAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	w.asks(w.claim(), "1", "make migrate")
	d := w.signedIn("member-alpha").get("/t/alpha/sessions/" + string(work.ID)).doc(t)
	if text := d.Find("#session-dock").Text(); !strings.Contains(text, "make migrate") || !strings.Contains(text, "Only leads and the person") {
		t.Errorf("the question is not shown with who may answer it: %q", text)
	}
}

// The verdict of a check and the files of a diff stand on the tab, and the patch is what was stored.
func TestChangesTabAndPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	b, path := w.signedIn("viewer-alpha"), "/t/alpha/sessions/"+string(work.ID)
	b.get(path+"/patch").want(t, http.StatusConflict)
	if text := b.get(path+"/changes").want(t, http.StatusOK).doc(t).Text(); !strings.Contains(text, "No changes yet.") {
		t.Error("a session without a diff does not say so")
	}
	patch := "diff --git a/a.go b/a.go\n--- a/a.go\n+++ b/a.go\n@@ -1 +1 @@\n-old <b>\n+new <b>\n"
	files := []session.FileChange{{Path: "a.go", Status: "modified", Additions: 1, Deletions: 1, Patch: patch}}
	if err := w.app.Work.SetDiff(t.Context(), l, files, []byte(patch), false); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Work.SetChecks(t.Context(), l, []repository.CheckResult{{Command: "go test ./...", Verdict: repository.Broken, Output: "FAIL <x>", Duration: time.Second}}); err != nil {
		t.Fatal(err)
	}
	for _, view := range []string{"unified", "split"} {
		d := b.get(path+"/changes?view="+view).want(t, http.StatusOK).doc(t)
		if got := strings.Join(d.Find(".diff .cd").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) }), "|"); !strings.Contains(got, "old <b>") || !strings.Contains(got, "new <b>") {
			t.Errorf("the %s diff reads %q", view, got)
		}
		if text := d.Find("[data-verdict]").First().Text(); !strings.Contains(text, "go test ./...") || !strings.Contains(text, "FAIL <x>") {
			t.Errorf("the check reads %q", text)
		}
	}
	got := b.get(path+"/patch").want(t, http.StatusOK)
	if got.body != patch || !strings.HasPrefix(got.Header.Get("Content-Disposition"), `attachment; filename="orchestrator-`) {
		t.Errorf("the patch is %q as %s", got.body, got.Header.Get("Content-Disposition"))
	}
}
