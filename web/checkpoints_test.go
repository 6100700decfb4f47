package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// lostTitle is the title of a session whose second checkpoint has lost its files.
const lostTitle = "Lose the second"

// shelf is a workspace without files.
type shelf struct{}

func (shelf) Checkpoint(_ context.Context, _ session.Session, _ string, n int64) (session.Snapshot, error) {
	return session.Snapshot{Commit: fmt.Sprint("c", n), Tree: fmt.Sprintf("%07dtree", n), Since: session.Sums{Files: int(n), Additions: 10}, Step: session.Sums{Files: 1, Additions: int(n)}}, nil
}

func (shelf) CompareTrees(_ context.Context, s session.Session, from, to string) ([]session.FileChange, []byte, bool, error) {
	if s.Title == lostTitle && (from == "c2" || to == "c2") {
		return nil, nil, false, fault.New(fault.Conflict, "The files of this checkpoint no longer exist on the server.")
	}
	return []session.FileChange{{Path: "ledger.go", Status: "modified", Additions: 3, Patch: "diff --git a/ledger.go b/ledger.go\n@@ -1 +1,3 @@\n a\n+b\n"}, {Path: "b.go", OldPath: "a.go", Status: "renamed"},
		{Path: "data.bin", Status: "added", Binary: true}, {Path: "run.sh", Status: "modified", Patch: "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"}}, []byte("the patch"), false, nil
}

func (shelf) DropCheckpoints(context.Context, session.Session, []int64, int64) error { return nil }

func (shelf) RestoreCheckpoint(context.Context, session.Session, session.Snapshot) (bool, error) {
	return false, nil
}

func (shelf) Fork(context.Context, session.Session, session.Session, session.Snapshot) error {
	return nil
}

func (shelf) Diff(context.Context, session.Session) ([]session.FileChange, []byte, bool, error) {
	return nil, nil, false, nil
}

// hasTree gives a session a working tree.
func (w *world) hasTree(a tenant.Actor, id session.ID) {
	w.t.Helper()
	base := "base"
	err := w.db.Update(w.t.Context(), a.Tenant, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SetSessionRun(w.t.Context(), id, dbwork.RunInfo{BaseCommit: &base})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestCheckpointsAreComparedRestoredAndForked by the forms of the tab.
func TestCheckpointsAreComparedRestoredAndForked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	path := "/t/alpha/sessions/" + string(work.ID)
	b := w.signedIn("lead-alpha")
	if text := b.get(path+"/checkpoints").want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(text, "No checkpoint yet.") {
		t.Errorf("without checkpoints: %s", text)
	}
	w.hasTree(a, work.ID)
	b.act("alpha", "/sessions/"+string(work.ID)+"/checkpoints", url.Values{"note": {"tests green"}}).want(t, http.StatusSeeOther)
	for range 2 {
		if err := w.app.Work.TakeCheckpoint(t.Context(), l, session.AfterTurn, ""); err != nil {
			t.Fatal(err)
		}
	}
	d := b.get(path+"/checkpoints").want(t, http.StatusOK).doc(t)
	if a, b := d.Find(`.pair a[aria-current][data-mark="a"]`).AttrOr("href", ""), d.Find(`.pair a[aria-current][data-mark="b"]`).AttrOr("href", ""); !strings.HasSuffix(a, "?a=1&b=3") || a != b {
		t.Errorf("A and B are at first %s, %s", a, b)
	}
	if n, manual := d.Find("tr[data-row]").Length(), d.Find("tr[data-row] .ptm.man").Length(); n != 3 || manual != 1 {
		t.Errorf("%d rows, %d manual", n, manual)
	}
	text := strings.Join(strings.Fields(d.Find(`[aria-label="Comparison"]`).Text()), " ")
	for _, want := range []string{"From 1 to 3", "a.go → b.go", "mode 644 → 755", "binary", "Restore to 1…", "The session is paused first", "Fork from checkpoint 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("the comparison lacks %q: %s", want, text)
		}
	}
	if d := b.get(path+"/checkpoints?a=2&b=3").want(t, http.StatusOK).doc(t); !strings.Contains(d.Find(`[aria-label="Comparison"]`).Text(), "From 2 to 3") {
		t.Error("A and B are not those of the address")
	}
	b.get(path+"/checkpoints/diff?a=1&b=3").want(t, http.StatusOK)
	if got := b.get(path+"/checkpoints/patch?a=1&b=3").want(t, http.StatusOK); got.body != "the patch" {
		t.Errorf("the patch is %q", got.body)
	}
	b.get(path+"/checkpoints/diff?a=1&b=9").want(t, http.StatusNotFound)
	v := w.signedIn("viewer-alpha").get(path+"/checkpoints").want(t, http.StatusOK).doc(t)
	if v.Find(`form[action$="/restore"], form[action$="/fork"], form[action$="/checkpoints"]`).Length() != 0 || !strings.Contains(v.Find(".pfoot").Text(), "or a lead can restore") {
		t.Errorf("a viewer sees: %s", v.Find(".pfoot").Text())
	}
	if err := w.app.Work.Move(t.Context(), l, session.Failed, session.Reason{Code: session.AgentError}); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Work.Release(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if href := b.get(path).doc(t).Find(`#result a.primary[href*="/checkpoints"]`).AttrOr("href", ""); !strings.HasSuffix(href, "?a=3") {
		t.Errorf("the last good state is at %q", href)
	}
	b.act("alpha", "/sessions/"+string(work.ID)+"/restore", url.Values{"checkpoint": {"1"}}).want(t, http.StatusSeeOther)
	if text := b.get(path).doc(t).Find("#conversation").Text(); !strings.Contains(text, "Restored to checkpoint 1 by") || !strings.Contains(text, "Checkpoint 4 was taken first.") {
		t.Errorf("the conversation after the restore: %s", text)
	}
	b.act("alpha", "/sessions/"+string(work.ID)+"/restore", url.Values{"checkpoint": {"77"}}).want(t, http.StatusNotFound)
	forked := b.act("alpha", "/sessions/"+string(work.ID)+"/fork", url.Values{"checkpoint": {"1"}, "title": {"Other way"}, "message": {"Do it otherwise."}}).want(t, http.StatusSeeOther)
	page := b.get(forked.Header.Get("Location")).want(t, http.StatusOK).doc(t)
	if page.Find("h1").Text() != "Other way" || !strings.Contains(page.Find("#conversation").Text(), "Forked from checkpoint 1 of session") {
		t.Errorf("the fork: %s", page.Find("main").Text())
	}
}

// TestACheckpointThatLostItsFilesStartsNothing is drawn struck and cannot be A or B.
func TestACheckpointThatLostItsFilesStartsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, lostTitle, true)
	l := w.claim()
	w.hasTree(a, work.ID)
	for range 3 {
		if err := w.app.Work.TakeCheckpoint(t.Context(), l, session.AfterTurn, ""); err != nil {
			t.Fatal(err)
		}
	}
	b := w.signedIn("lead-alpha")
	d := b.get("/t/alpha/sessions/"+string(work.ID)+"/checkpoints?a=2&b=3").want(t, http.StatusOK).doc(t)
	if struck, pairs := d.Find("tr[data-row] s").Length(), d.Find("tr[data-row] .pair").Length(); struck != 1 || pairs != 2 {
		t.Errorf("%d rows are struck, %d can be chosen", struck, pairs)
	}
	if foot := d.Find(".pfoot"); foot.Find("button, form").Length() != 0 || !strings.Contains(foot.Text(), "Checkpoint 2 has lost its files") {
		t.Errorf("the lost checkpoint offers %q", foot.Text())
	}
	if n := b.get("/t/alpha/sessions/" + string(work.ID) + "/checkpoints?a=1&b=2").doc(t).Find(".pfoot > .btns [popovertarget=restore-dialog]").Length(); n != 1 {
		t.Errorf("checkpoint 1 has its files, and %d buttons restore it", n)
	}
}

// TestASessionIsForkedFromAMessage of its conversation, where an agent's or a person's message offers it.
func TestASessionIsForkedFromAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	w.hasTree(a, work.ID)
	path := "/sessions/" + string(work.ID)
	b := w.signedIn("lead-alpha")
	if err := w.app.Work.TakeCheckpoint(t.Context(), l, session.AfterTurn, ""); err != nil {
		t.Fatal(err)
	}
	w.says(l, "1", "It is ported.")
	link := b.get("/t/alpha"+path).want(t, http.StatusOK).doc(t).Find("#conversation .fork").Last()
	if w.signedIn("viewer-alpha").get("/t/alpha"+path).doc(t).Find(".fork, [href*=fork]").Length() != 0 {
		t.Error("a viewer is offered to fork")
	}
	href := link.AttrOr("href", "")
	form := b.get(href).want(t, http.StatusOK).doc(t).Find("dialog[open] form")
	message := form.Find("[name=message_id]").AttrOr("value", "")
	if message == "" || !strings.HasSuffix(href, "?message="+message) || !strings.Contains(form.Text(), "the conversation up to this message, and the files of checkpoint 1") {
		t.Errorf("%s shows %s", href, form.Text())
	}
	if part := b.get(href, "HX-Request", "true", "HX-Request-Type", "partial").want(t, http.StatusOK).body; !strings.Contains(part, "fork-place") || strings.Contains(part, "<html") {
		t.Errorf("the dialog's part is %s", part)
	}
	if text := b.get("/t/alpha"+path+"/fork?message=msg_none").want(t, http.StatusOK).doc(t).Find("dialog[open]").Text(); !strings.Contains(text, "no checkpoint from before that message") {
		t.Errorf("from nowhere: %s", text)
	}
	forked := b.act("alpha", path+"/fork", url.Values{"message_id": {message}, "title": {"Other way"}, "message": {"Do it otherwise."}}).want(t, http.StatusSeeOther)
	if page := b.get(forked.Header.Get("Location")).want(t, http.StatusOK).doc(t); page.Find("h1").Text() != "Other way" {
		t.Errorf("the fork: %s", page.Find("main").Text())
	}
}

// TestTheChecksOfAttemptsHaveATab, which opens at the first one that failed.
func TestTheChecksOfAttemptsHaveATab(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	path := "/t/alpha/sessions/" + string(work.ID) + "/checks"
	b := w.signedIn("lead-alpha")
	if text := b.get(path).want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(text, "No checks have run.") {
		t.Errorf("without checks: %s", text)
	}
	results := []repository.CheckResult{{Command: "go vet", Verdict: repository.Passed}, {Command: "go test", Verdict: repository.Broken, ExitCode: 1, Output: "<FAIL>\n"}}
	if err := w.app.Work.SetChecks(t.Context(), l, results); err != nil {
		t.Fatal(err)
	}
	d := b.get(path).want(t, http.StatusOK).doc(t)
	if rows := d.Find("tr[data-verdict]"); rows.Length() != 2 || !rows.Eq(1).HasClass("sel") || strings.Join(strings.Fields(d.Find("#out .out .e").Text()), "") != "1<FAIL>" {
		t.Errorf("the tab is %s", d.Find("main").Text())
	}
	if out := b.get(path + "?check=0").doc(t).Find("#out").Text(); !strings.Contains(out, "No output.") {
		t.Errorf("the first check's output is %s", out)
	}
}
