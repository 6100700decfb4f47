package db_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// TestEveryAttemptKeepsItsOutcome: its checks, its patch and its figures, whatever the next attempt does.
func TestEveryAttemptKeepsItsOutcome(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		v := dbtest.Move(t, d, dbtest.Session(t, d, team), dbtest.Now, session.Queued, session.Running)
		check := func(command string, verdict repository.Verdict) repository.CheckResult {
			return repository.CheckResult{Command: command, Verdict: verdict, FinishedAt: dbtest.Now}
		}
		end := func(attempt int, patch string, checks ...repository.CheckResult) {
			update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				if err := dbwork.On(s).SetChecks(ctx, v.ID, attempt, checks); err != nil {
					return err
				}
				return dbwork.On(s).SetDiff(ctx, v.ID, attempt, []session.FileChange{{Path: patch, Status: "added", Additions: attempt}}, []byte(patch), false, dbtest.Now)
			})
			v = dbtest.Move(t, d, v, dbtest.Now.Add(time.Duration(attempt)*time.Minute), session.Failed)
			update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error { return dbwork.On(s).EndAttempt(ctx, v.ID) })
		}
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			asks := []session.Ask{{Reply: session.Reject}, {Reply: session.Once}}
			for _, a := range asks {
				reply := a.Reply
				a = session.Ask{ID: id.New(), SourceID: string(reply), Kind: session.Approval, Questions: []byte(`[]`), Metadata: []byte(`{}`), Attempt: 1, AskedAt: dbtest.Now}
				if _, err := dbwork.On(s).AddAsk(ctx, v.ID, a); err != nil {
					return err
				}
				if err := dbwork.On(s).ReplyAsk(ctx, a.ID, dbwork.Reply{Reply: reply, At: dbtest.Now}); err != nil {
					return err
				}
			}
			return nil
		})
		end(1, "first", check("go vet", repository.Passed), check("go test", repository.Broken), check("slow", repository.TimedOut))
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			return dbwork.On(s).SetPushedWork(ctx, v.ID, 1, session.Pushed{At: dbtest.Now, Branch: "b", Commit: "c", ByName: "Ines"}, team.Lead.ID)
		})
		v = dbtest.Move(t, d, v, dbtest.Now.Add(2*time.Minute), session.Pending, session.Queued, session.Running)
		end(2, "second", check("go vet", repository.Passed))
		all := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]session.Outcome, error) {
			return dbwork.On(s).Outcomes(ctx, v.ID)
		})
		if len(all) != 2 || all[0].Attempt != 2 || all[1].Attempt != 1 {
			t.Fatalf("outcomes %+v", all)
		}
		if o := all[0]; o.Checks.Passed != 1 || o.Checks.Failed != 0 || o.Pushed != nil || o.Additions != 2 || o.Asked != 0 {
			t.Errorf("the second is %+v", o)
		}
		if o := all[1]; o.Checks.Passed != 1 || !slices.Equal(o.Checks.FailedCommands, []string{"go test", "slow"}) || o.Checks.Failed != 2 || o.Pushed == nil || o.Pushed.ByName != "Ines" ||
			o.Additions != 1 || o.Files != 1 || o.Asked != 2 || o.Denied != 1 || o.Status != session.Failed {
			t.Errorf("the first is %+v", o)
		}
		for attempt, want := range map[int]string{0: "second", 1: "first", 2: "second"} {
			patch := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (string, error) {
				text, _, _, err := dbwork.On(s).Patch(ctx, v.ID, attempt)
				return string(text), err
			})
			checks := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]repository.CheckResult, error) {
				return dbwork.On(s).Checks(ctx, v.ID, attempt)
			})
			if n := map[string]int{"first": 3, "second": 1}[want]; patch != want || len(checks) != n {
				t.Errorf("attempt %d has the patch %q and %d checks", attempt, patch, len(checks))
			}
		}
		if v = dbtest.Read(t, d, v); v.Checks.Passed != 1 || v.Checks.Failed != 0 || v.PushedAt != nil {
			t.Errorf("the session has %+v, %v", v.Checks, v.PushedAt)
		}
	})
}
