package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// mergeable is a completed session of a person with a changed file.
func (w *world) mergeable(t *testing.T, by tenant.Actor, repo repository.ID, title string) session.Session {
	t.Helper()
	v, err := w.app.Work.CreateSession(t.Context(), by, session.Session{Title: title, Prompt: "Port it.", Model: "scripted/small", Priority: session.Medium, RepositoryID: repo}, false)
	if err != nil {
		t.Fatal(err)
	}
	v = dbtest.Move(t, w.db, v, dbtest.Now, session.Queued, session.Running, session.Completed)
	err = w.db.Update(t.Context(), by.Tenant, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SetDiff(context.Background(), v.ID, v.Attempt, []session.FileChange{{Path: "store/claim.sql", Status: "added", Additions: 3}}, []byte("+"), false, dbtest.Now)
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPeopleWorkWithTheMergeQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.git.head = "0123456789abcdef0123456789abcdef01234567"
	lead := crew(t, w, "alpha")
	r, err := w.app.Repos.CreateRepository(t.Context(), lead, repository.Repository{Name: "ledger", URL: "https://git.example.org/ledger.git", DefaultBranch: "main", CheckCommands: []string{"make test"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	member := w.actor("alpha", "member-alpha")
	one, two := w.mergeable(t, member, r.ID, "Port the ledger"), w.mergeable(t, lead, r.ID, "Draw the chart")
	b := w.signedIn("member-alpha")
	result := func(b *browser, of session.Session, tab string) *goquery.Selection {
		return b.get("/t/alpha/sessions/"+string(of.ID)+tab).want(t, http.StatusOK).doc(t).Find("#result")
	}
	for _, tab := range []string{"", "/changes"} {
		if n := result(b, one, tab).Find(`form[action$="/merge"] button`).Length(); n != 1 {
			t.Errorf("%d Merge buttons are in the result of tab %q", n, tab)
		}
	}
	if bar := result(w.signedIn("viewer-alpha"), one, ""); bar.Find("form").Length() != 0 || !strings.Contains(bar.Find("#fetch-command").Text(), "/t/alpha/git/ledger ") {
		t.Errorf("a viewer sees %s", bar.Text())
	}
	b.act("alpha", "/sessions/"+string(one.ID)+"/merge", nil).want(t, http.StatusSeeOther)
	b.act("alpha", "/sessions/"+string(one.ID)+"/merge", nil).want(t, http.StatusConflict)
	if bar := result(b, one, ""); !strings.Contains(bar.Text(), "place 1") || bar.Find(`form[action$="/merge"]`).Length() != 0 || bar.Find(`form[action$="/remove"]`).Length() != 1 {
		t.Errorf("the result of a session in the queue is %s", bar.Text())
	}
	l := w.signedIn("lead-alpha")
	l.act("alpha", "/sessions/"+string(two.ID)+"/merge", nil).want(t, http.StatusSeeOther)
	queue := func() merge.Queue { return must(w.app.Work.MergeQueue(t.Context(), lead, r.ID))(t) }
	first, second := queue().Entries[0], queue().Entries[1]
	at := "/t/alpha/merge-queue?repository=" + string(r.ID)
	if text := l.get(at + "&done=queued&entry=" + string(second.ID)).doc(t).Find("#toasts").Text(); !strings.Contains(text, "Put into the merge queue, at place 2.") {
		t.Errorf("the toast says %q", text)
	}
	page := l.get(at+"&done=queued").want(t, http.StatusOK).doc(t)
	if got := page.Find("#merge-open tbody tr").Length(); got != 2 {
		t.Errorf("%d rows are in order", got)
	}
	if text := page.Text(); !strings.Contains(text, "into main, in order") || !strings.Contains(text, "Put into the merge queue") || !strings.Contains(text, "make test") {
		t.Error("the page lacks the base, the toast or the checks")
	}
	b.act("alpha", "/merge-queue/"+string(second.ID)+"/hold", url.Values{"reason": {"no"}}).want(t, http.StatusForbidden)
	b.act("alpha", "/merge-queue/"+string(first.ID)+"/hold", nil).want(t, http.StatusUnprocessableEntity)
	b.act("alpha", "/merge-queue/"+string(first.ID)+"/hold", url.Values{"reason": {"after the release"}}).want(t, http.StatusSeeOther)
	if row := l.get(at).doc(t).Find("#entry-" + string(first.ID)).Text(); !strings.Contains(row, "held by member-alpha: after the release") || !strings.Contains(row, "Release") {
		t.Errorf("the held row is %s", row)
	}
	l.act("alpha", "/merge-queue/"+string(second.ID)+"/move", url.Values{"to": {"first"}}).want(t, http.StatusSeeOther)
	if got := queue().Entries[0].ID; got != second.ID {
		t.Error("the second entry did not move to the first place")
	}
	b.act("alpha", "/merge-queue/"+string(first.ID)+"/release", nil).want(t, http.StatusSeeOther)
	b.act("alpha", "/merge-queue/"+string(first.ID)+"/remove", nil).want(t, http.StatusSeeOther)
	if left := b.get(at).doc(t).Find("#left-" + string(first.ID)); !strings.Contains(left.Text(), "removed") || left.Find("form").Length() != 1 {
		t.Errorf("the removed row is %s", left.Text())
	}
	if bar := result(b, one, ""); !strings.Contains(bar.Text(), "member-alpha took it out of the merge queue.") || bar.Find(`form[action$="/merge"]`).Length() != 1 {
		t.Errorf("the result of a session that left the queue is %s", bar.Text())
	}
	b.act("alpha", "/merge-queue/"+string(first.ID)+"/retry", nil).want(t, http.StatusSeeOther)
	l.act("alpha", "/repositories/"+string(r.ID)+"/merge-queue/hold", url.Values{"reason": {"release in progress"}}).want(t, http.StatusSeeOther)
	if notes := b.get(at).doc(t).Find("#merge-notes").Text(); !strings.Contains(notes, "release in progress") {
		t.Errorf("the notes are %s", notes)
	}
	viewer := w.signedIn("viewer-alpha").get(at).want(t, http.StatusOK).doc(t)
	if n := viewer.Find("#merge-open form").Length(); n != 0 {
		t.Errorf("a viewer sees %d forms", n)
	}
	l.act("alpha", "/repositories/"+string(r.ID)+"/merge-queue/release", nil).want(t, http.StatusSeeOther)
	if q := queue(); q.Held != "" || len(q.Entries) != 2 {
		t.Errorf("the queue is %+v", q)
	}
}
