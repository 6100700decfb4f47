package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

// pushes takes the place of git: the branch protected is refused, and main is checked out.
type pushes struct{}

func (pushes) Save(_ context.Context, _ session.Session, _ string) (session.Saved, error) {
	return session.Saved{Commit: "0123456789012345678901234567890123456789", Commits: 3, Omitted: []session.FileChange{{Path: "huge", Omitted: session.TooLarge}}}, nil
}

func (pushes) Publish(ctx context.Context, _ session.Session, p session.Publication) (session.Published, error) {
	switch p.Branch {
	case "protected":
		return session.Published{}, fault.New(fault.Conflict, "Branch protected was not pushed. The remote rejected it: Not allowed.")
	case "slow":
		if end, ok := ctx.Deadline(); !ok || time.Until(end) < 50*time.Minute {
			return session.Published{}, fault.New(fault.Conflict, "There is no time for a large push.")
		}
	case "main":
		return session.Published{Branch: "main-2", InUse: true, Local: true}, nil
	}
	return session.Published{Branch: p.Branch}, nil
}

// TestOutcomesSayWhatFailedAndWhereTheWorkWent, also those of an earlier attempt.
func TestOutcomesSayWhatFailedAndWhereTheWorkWent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	_, r := c.equip(t)
	ctx := context.Background()
	if err := w.app.Repos.CloneStatus(ctx, c.by.Tenant, repository.ID(r.ID), repository.Ready, ""); err != nil {
		t.Fatal(err)
	}
	s := c.create(t, map[string]any{"start": true, "repository_id": r.ID})
	at := "/sessions/" + s.ID
	c.post(at+"/push", map[string]string{"branch": "early"}).want(t, http.StatusConflict)
	end := func(patch string, to session.Status, verdicts ...repository.Verdict) {
		l := w.claim(t)
		var results []repository.CheckResult
		for i, v := range verdicts {
			results = append(results, repository.CheckResult{Command: "check-" + string(rune('a'+i)), Verdict: v, FinishedAt: time.Now(), Attempt: l.Attempt})
		}
		if err := w.app.Work.SetDiff(ctx, l, []session.FileChange{{Path: patch, Status: "added", Additions: 1}}, []byte(patch), false); err != nil {
			t.Fatal(err)
		}
		if err := w.app.Work.SetChecks(ctx, l, results); err != nil {
			t.Fatal(err)
		}
		if err := w.app.Work.Move(ctx, l, to, session.Reason{}); err != nil {
			t.Fatal(err)
		}
	}
	end("one", session.Stopped, repository.Passed, repository.Broken)
	c.post(at+"/retry", nil).want(t, http.StatusOK)
	end("two", session.Completed, repository.Passed, repository.Passed, repository.TimedOut)
	if p := as[apikit.Problem](t, c.post(at+"/push", map[string]string{"branch": "protected"}).want(t, http.StatusConflict)); !strings.Contains(p.Detail, "The remote rejected it: Not allowed.") {
		t.Errorf("the refusal is %+v", p)
	}
	c.post(at+"/push", map[string]string{"branch": "a..b"}).want(t, http.StatusUnprocessableEntity)
	pushed := as[apiwork.Pushed](t, c.post(at+"/push", map[string]string{"branch": "main"}).want(t, http.StatusOK))
	if pushed.Branch != "main-2" || !pushed.InUse || pushed.Command != "git merge main-2" || pushed.Commits != 3 || len(pushed.Omitted) != 1 || pushed.Omitted[0].Path != "huge" {
		t.Errorf("pushed %+v", pushed)
	}
	c.post(at+"/push", map[string]string{"branch": "slow"}).want(t, http.StatusOK)
	if p := as[apiwork.Pushed](t, c.post(at+"/push", nil).want(t, http.StatusOK)); p.Branch != s.Branch || p.Command != "" {
		t.Errorf("without a name it pushed %+v", p)
	}
	all := as[items[apiwork.Outcome]](t, c.get(at+"/outcomes").want(t, http.StatusOK)).Items
	if len(all) != 2 || all[0].Attempt != 2 || all[0].Status != "completed" || !slices.Equal(all[0].Checks.FailedCommands, []string{"check-c"}) || all[0].PushedBranch != s.Branch || all[0].PushedAt == nil {
		t.Errorf("outcomes %+v", all)
	}
	if o := all[1]; o.Status != "stopped" || o.Checks.Passed != 1 || o.Checks.Failed != 1 || o.PushedAt != nil || o.FilesChanged != 1 {
		t.Errorf("the first attempt is %+v", o)
	}
	for query, want := range map[string]string{"": "two", "?attempt=1": "one", "?attempt=2": "two"} {
		if got := c.get(at+"/patch"+query).want(t, http.StatusOK).body; got != want {
			t.Errorf("the patch%s is %q", query, got)
		}
		checks := as[items[apiwork.Check]](t, c.get(at+"/checks"+query).want(t, http.StatusOK)).Items
		if n := map[string]int{"one": 2, "two": 3}[want]; len(checks) != n {
			t.Errorf("%d checks%s", len(checks), query)
		}
	}
	c.get(at+"/patch?attempt=3").want(t, http.StatusConflict)
	row := as[items[apiwork.SessionRow]](t, c.get("/sessions").want(t, http.StatusOK)).Items[0]
	if row.Checks.Failed != 1 || row.Checks.Passed != 2 || row.PushedAt == nil {
		t.Errorf("the row of the list has %+v, %v", row.Checks, row.PushedAt)
	}
}
