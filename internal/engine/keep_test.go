package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// counted counts how often trees are saved as commits. keeps says whether the first way works.
type counted struct {
	trees
	keeps       bool
	kept, saves atomic.Int32
}

func (c *counted) Keep(_ context.Context, s session.Session) (session.Saved, error) {
	c.kept.Add(1)
	if !c.keeps {
		return session.Saved{}, errors.New("the disk is full")
	}
	return session.Saved{Commit: "kept-" + string(s.ID), Commits: 2}, nil
}

func (c *counted) Save(ctx context.Context, s session.Session, onto string) (session.Saved, error) {
	c.saves.Add(1)
	return c.trees.Save(ctx, s, onto)
}

// The work of a turn is saved as commits once: what its end kept is what the outcome says. If that failed, the session's end tries again.
func TestTheWorkOfATurnIsSavedOnce(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		keeps       bool
		kept, saved int32
		commit      string
	}{"kept": {true, 1, 0, "kept-"}, "not kept": {false, 2, 1, "saved-"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, func(context.Context, fake.Turn) (runner.Outcome, error) { return done, nil })
			space := &counted{keeps: want.keeps}
			s.opts.Workspace = space
			r, err := s.app.Repos.CreateRepository(t.Context(), s.by, repository.Repository{Name: "ledger", URL: "https://example.org/ledger.git", DefaultBranch: "main"}, "")
			if err != nil {
				t.Fatal(err)
			}
			stop := s.open()
			id := s.start(func(v *session.Session) { v.RepositoryID = r.ID })
			s.becomes(id, session.Completed)
			stop()
			all, err := s.app.Work.Outcomes(t.Context(), s.by, id)
			if err != nil || len(all) != 1 || all[0].SavedCommit != want.commit+string(id) {
				t.Errorf("the outcomes are %+v, %v", all, err)
			}
			if kept, saved := space.kept.Load(), space.saves.Load(); kept != want.kept || saved != want.saved {
				t.Errorf("kept %d times, saved %d times", kept, saved)
			}
		})
	}
}
