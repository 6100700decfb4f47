package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// TestTheResultSaysWhatThereIsAndWhatFailed, on every tab of the session, in the list and on the overview.
func TestTheResultSaysWhatThereIsAndWhatFailed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	path := "/t/alpha/sessions/" + string(work.ID)
	b := w.signedIn("lead-alpha")
	if d := b.get(path).want(t, http.StatusOK).doc(t); d.Find("#result[hidden]").Length() != 1 || d.Find("#result .btn").Length() != 0 {
		t.Error("a session that has not ended has a result")
	}
	l := w.claim()
	if err := w.app.Work.SetDiff(t.Context(), l, []session.FileChange{{Path: "a.go", Status: "added", Additions: 7}}, []byte("patch"), false); err != nil {
		t.Fatal(err)
	}
	results := []repository.CheckResult{{Command: "go vet", Verdict: repository.Passed, FinishedAt: time.Now()}, {Command: "go test <x>", Verdict: repository.Broken, FinishedAt: time.Now()}}
	if err := w.app.Work.SetChecks(t.Context(), l, results); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Work.Move(t.Context(), l, session.Completed, session.Reason{}); err != nil {
		t.Fatal(err)
	}
	for _, tab := range []string{"", "/changes", "/log"} {
		bar := b.get(path+tab).want(t, http.StatusOK).doc(t).Find("#result")
		text := strings.Join(strings.Fields(bar.Text()), " ")
		for _, want := range []string{"1 file +7 −0", "1 of 2 checks failed", "Not taken yet.", "Download patch"} {
			if !strings.Contains(text, want) {
				t.Errorf("the result of the tab %q lacks %q: %s", tab, want, text)
			}
		}
		if bar.Find("#push-dialog").Length() != 0 {
			t.Error("a session without a repository offers a push")
		}
	}
	d := b.get(path).want(t, http.StatusOK).doc(t)
	facts := strings.Join(strings.Fields(d.Find("#outcome").Text()), " ")
	if !strings.Contains(facts, "Checks1 passed, 1 failed") || !strings.Contains(facts, "Files changed1") {
		t.Errorf("the outcome is %q", facts)
	}
	if d.Find(".shead .menu [popovertarget=delete-dialog]").Length() != 1 || d.Find("#delete-dialog").Length() != 1 || !strings.Contains(d.Find("#delete-dialog").Text(), "Its work has not been taken.") {
		t.Error("deleting is not in the menu of the head")
	}
	for _, page := range []string{"/t/alpha/sessions", "/t/alpha"} {
		if text := b.get(page).want(t, http.StatusOK).doc(t).Text(); !strings.Contains(text, "1 of 2 checks failed: go test <x>") {
			t.Errorf("%s does not say which check failed", page)
		}
	}
	if got := b.act("alpha", "/sessions/"+string(work.ID)+"/push", url.Values{"branch": {"fix"}}); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "no repository") {
		t.Errorf("a push without a repository: %d %s", got.StatusCode, got.body)
	}
}
