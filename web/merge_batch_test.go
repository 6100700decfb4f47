package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

func TestTheMergeQueueShowsItsBatchAndItsBisect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.git.head = "0123456789abcdef0123456789abcdef01234567"
	lead, ctx := crew(t, w, "alpha"), t.Context()
	r, err := w.app.Repos.CreateRepository(ctx, lead, repository.Repository{Name: "ledger", URL: "https://git.example.org/ledger.git", DefaultBranch: "main", CheckCommands: []string{"make test"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	var entries []merge.Entry
	var work []session.Session
	for _, title := range []string{"Port the ledger", "Draw the chart", "Name the facts"} {
		s := w.mergeable(t, lead, r.ID, title)
		e, err := w.app.Work.MergeSession(ctx, lead, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		entries, work = append(entries, e), append(work, s)
	}
	l := w.signedIn("lead-alpha")
	at := "/t/alpha/merge-queue?repository=" + string(r.ID)
	page := l.get(at).want(t, http.StatusOK).doc(t)
	if got := page.Find("#merge-open").Text(); !strings.Contains(got, "waits, –") || page.Find("#merge-batch .step, #merge-bisect svg").Length() != 0 {
		t.Errorf("before the first run it shows %q", got)
	}
	const base = "4f1c9ae4f1c9ae4f1c9ae4f1c9ae4f1c9ae4f1c9"
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(w.app.Work.SetMergeBase(ctx, lead.Tenant, r.ID, base, ""))
	for i, run := range []struct {
		n int
		v merge.Verdict
	}{{3, merge.Failed}, {1, merge.Passed}, {2, merge.Failed}} {
		v := merge.Run{Tree: string(rune('a' + i)), Base: base, Verdict: run.v, Took: 90 * time.Second}
		for _, e := range entries[:run.n] {
			v.Entries = append(v.Entries, e.ID)
		}
		if run.v == merge.Failed {
			v.Failed, v.Output = "make test", "--- FAIL: TestLedger"
		}
		ok(w.app.Work.RecordMergeRun(ctx, lead.Tenant, r.ID, "make test", v))
	}
	ok(w.app.Work.EndMerge(ctx, lead.Tenant, entries[1], merge.TakenOut, "make test fails with it, and passes without it."))
	ok(w.app.Work.SetMergeBatch(ctx, lead.Tenant, []merge.Entry{entries[0]}, map[merge.ID]bool{entries[0].ID: true}))
	ok(w.app.Work.BeginMergeCheck(ctx, lead.Tenant, r.ID, 1))
	page = l.get(at).want(t, http.StatusOK).doc(t)
	if got := page.Find("#merge-batch .step").Text(); !strings.Contains(got, "on main 4f1c9ae") || !strings.Contains(got, "of about 01:30") {
		t.Errorf("the steps are %q", got)
	}
	if squares, hit := page.Find("#merge-bisect rect").Length(), page.Find("#merge-bisect rect.hit").Length(); squares != 9 || hit != 1 {
		t.Errorf("the bisect has %d squares, %d of them found", squares, hit)
	}
	if got := page.Find("#merge-bisect").Text(); !strings.Contains(got, "2, “Draw the chart”, was taken out.") {
		t.Errorf("the bisect says %q", got)
	}
	if got := page.Find("#merge-open").Text(); !strings.Contains(got, "waits, about ") {
		t.Errorf("in order: %q", got)
	}
	w.signedIn("viewer-alpha").act("alpha", "/merge-queue/"+string(entries[1].ID)+"/send", nil).want(t, http.StatusForbidden)
	l.act("alpha", "/merge-queue/"+string(entries[0].ID)+"/send", nil).want(t, http.StatusConflict)
	l.act("alpha", "/merge-queue/"+string(entries[1].ID)+"/send", nil).want(t, http.StatusSeeOther)
	messages, err := w.app.Work.Messages(ctx, lead, work[1].ID)
	if err != nil || len(messages) != 2 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	for _, want := range []string{"make test fails with it", "git merge " + base, "--- FAIL: TestLedger"} {
		if !strings.Contains(messages[1].Text, want) {
			t.Errorf("the message lacks %q: %s", want, messages[1].Text)
		}
	}
	clash := entries[2]
	clash.Conflicts = []string{"store/claim.sql", "store/claim.go"}
	ok(w.app.Work.EndMerge(ctx, lead.Tenant, clash, merge.TakenOut, "It conflicts with main in store/claim.sql and 1 more."))
	l.act("alpha", "/merge-queue/"+string(clash.ID)+"/send", nil).want(t, http.StatusSeeOther)
	if messages, err = w.app.Work.Messages(ctx, lead, work[2].ID); err != nil || !strings.Contains(messages[len(messages)-1].Text, "- store/claim.sql\n- store/claim.go\n") {
		t.Errorf("the message about conflicts is %+v, %v", messages, err)
	}
}
