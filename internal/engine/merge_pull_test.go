package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// forgeDoor connects to the forge that a test has put behind it.
type forgeDoor struct{ port forge.Port }

func (d *forgeDoor) connect(forge.Settings, string) (forge.Port, error) { return d.port, nil }

func (r *remote) PushBranch(_ context.Context, _ tenant.ID, _ repository.Repository, _, branch, commit string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if was := r.branches[branch]; was != "" && was != commit {
		return fault.New(fault.Conflict, "the branch has other commits")
	}
	r.branches[branch] = commit
	return nil
}

func (r *remote) BranchTip(_ context.Context, _ tenant.ID, _ repository.ID, branch string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.branches[branch], nil
}

// guarded is a forge with a remote whose base it protects. It merges with a merge commit.
type guarded struct {
	forge.Port
	r     *remote
	mu    sync.Mutex
	pulls []forge.PullRequest
	// refuses is why it does not merge, and checks are its own checks.
	refuses error
	checks  forge.Checks
	// after runs after an act has been done there, and before anybody learns of it.
	after func(act string)
}

func (g *guarded) did(act string) {
	if g.after != nil {
		g.after(act)
	}
}

func (g *guarded) Access(context.Context) (forge.Access, error) {
	return forge.Access{Account: "bot", CanRead: true, CanPush: true, TakesPulls: true}, nil
}

func (g *guarded) Protection(context.Context, string) (forge.Protection, error) {
	return forge.Protection{IsProtected: true}, nil
}

func (g *guarded) Open(_ context.Context, n forge.New) (forge.PullRequest, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	head, _ := g.r.BranchTip(context.Background(), "", "", n.Branch)
	if head == "" {
		return forge.PullRequest{}, &forge.Refusal{Reason: forge.Missing}
	}
	if slices.ContainsFunc(g.pulls, func(p forge.PullRequest) bool { return p.State == forge.Open && p.Branch == n.Branch }) {
		return forge.PullRequest{}, &forge.Refusal{Reason: forge.Exists}
	}
	p := forge.PullRequest{Number: len(g.pulls) + 1, URL: fmt.Sprintf("https://git.example.org/acme/ledger/pulls/%d", len(g.pulls)+1), Title: n.Title, State: forge.Open, Base: n.Base, Branch: n.Branch, Head: head}
	g.pulls = append(g.pulls, p)
	g.did("open")
	return p, nil
}

func (g *guarded) Find(_ context.Context, n forge.New) (forge.PullRequest, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.pulls {
		if p.State == forge.Open && p.Branch == n.Branch {
			return p, nil
		}
	}
	return forge.PullRequest{}, &forge.Refusal{Reason: forge.Missing}
}

func (g *guarded) Read(_ context.Context, number int) (forge.PullRequest, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pulls[number-1], nil
}

func (g *guarded) Checks(context.Context, forge.PullRequest) (forge.Checks, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.checks, nil
}

func (g *guarded) Merge(_ context.Context, m forge.MergeRequest) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := &g.pulls[m.Number-1]
	switch {
	case p.State == forge.Merged:
		return &forge.Refusal{Reason: forge.AlreadyMerged}
	case p.State != forge.Open:
		return &forge.Refusal{Reason: forge.NotOpen}
	case m.Head != p.Head:
		return &forge.Refusal{Reason: forge.HeadMoved}
	case g.refuses != nil:
		return g.refuses
	}
	g.merge(p)
	g.did("merge")
	return nil
}

func (g *guarded) merge(p *forge.PullRequest) {
	g.r.mu.Lock()
	defer g.r.mu.Unlock()
	p.State, p.MergeCommit = forge.Merged, "m"+p.Head
	g.r.contents[p.MergeCommit], g.r.passed[p.MergeCommit] = g.r.contents[p.Head], g.r.passed[p.Head]
	g.r.move(p.MergeCommit)
}

func (g *guarded) Close(_ context.Context, number int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pulls[number-1].State == forge.Open {
		g.pulls[number-1].State = forge.Closed
	}
	return nil
}

// in changes the forge while nobody asks it.
func (g *guarded) in(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

// states are the states of all its pull requests.
func (g *guarded) states() (all []forge.State) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.pulls {
		all = append(all, p.State)
	}
	return all
}

// protected puts a forge before the remote that protects its base.
func (m *merges) protected() *guarded {
	m.t.Helper()
	g := &guarded{r: m.remote}
	m.forge.port = g
	m.remote.onLand = func(*remote, string) error {
		m.t.Error("the protected base was pushed to")
		return fault.New(fault.Conflict, "protected")
	}
	if _, err := m.app.Repos.SetForge(m.t.Context(), m.by, m.repo, forge.Settings{Kind: forge.Gitea, API: "https://git.example.org/api/v1", Project: "acme/ledger"}, "tok-1"); err != nil {
		m.t.Fatal(err)
	}
	return g
}

// later lets the loop look at the forge again.
func (m *merges) later() {
	m.clock.Advance(time.Minute)
	m.hub.RingBell(appkernel.Merges)
}

func (m *merges) waitsFor(what string) {
	m.t.Helper()
	m.untilQueue("waiting for "+what, func(q merge.Queue) bool { return strings.Contains(q.Waits, what) })
}

var needsReviews = &forge.Refusal{Reason: forge.NeedsReviews, Status: 405}

func TestAProtectedBaseIsMergedByPullRequests(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		g := m.protected()
		m.queued("alpha one", "beta two").open()
		q := m.empties()
		m.want(t, q, "alpha one merged, beta two merged", 2)
		if got := m.remote.merged(); !slices.Equal(got, []string{"alpha one", "beta two"}) || !slices.Equal(g.states(), []forge.State{forge.Merged, forge.Merged}) {
			t.Errorf("the base has %q, the pull requests are %q", got, g.states())
		}
		e := m.entry("beta two")
		if e.Pull != 2 || e.PullURL != g.pulls[1].URL || e.Note != "By pull request #2." || e.Commit != g.pulls[1].MergeCommit {
			t.Errorf("the second entry is %+v", e)
		}
		pulls, err := m.app.Work.Pulls(t.Context(), m.by, m.work["beta two"])
		if err != nil || len(pulls) != 1 || pulls[0].State != forge.Merged || pulls[0].OpenedByName != m.by.Name {
			t.Errorf("the session's pull requests are %+v, %v", pulls, err)
		}
		if all, err := m.app.Work.Outcomes(t.Context(), m.by, m.work["beta two"]); err != nil || all[0].MergedCommit != e.Commit {
			t.Errorf("the outcome is %+v, %v", all, err)
		}
	})
}

func TestAQueueWaitsForTheForge(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		g := m.protected()
		g.refuses = needsReviews
		m.queued("alpha one", "beta two").open()
		m.waitsFor("required reviews")
		if got := m.state().Entries; got[0].Status != merge.Checking || got[0].Pull != 1 || got[1].Status != merge.Waiting {
			t.Errorf("the entries are %+v", got)
		}
		m.later()
		g.in(func() { g.refuses = nil })
		m.later()
		m.want(t, m.empties(), "alpha one merged, beta two merged", 2)
	})
}

func TestAPullRequestOfAQueueThatAPersonMerges(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		g := m.protected()
		g.refuses = needsReviews
		m.queued("alpha one").open()
		m.waitsFor("required reviews")
		g.in(func() { g.merge(&g.pulls[0]) })
		m.later()
		m.want(t, m.empties(), "alpha one merged", 1)
	})
}

func TestAPullRequestThatIsClosedThereLeavesTheQueue(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		g := m.protected()
		g.refuses = needsReviews
		m.queued("alpha one").open()
		m.waitsFor("required reviews")
		g.in(func() { g.pulls[0].State = forge.Closed })
		m.later()
		m.want(t, m.empties(), "alpha one taken_out", 1)
		if e := m.entry("alpha one"); e.Note != "Its pull request #1 was closed on git.example.org." || e.Commit != "" {
			t.Errorf("it left as %+v", e)
		}
	})
}

func TestChecksThatFailOnTheForgeTakeTheEntryOut(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		g := m.protected()
		g.refuses, g.checks = &forge.Refusal{Reason: forge.NeedsChecks, Status: 405}, forge.Checks{{Name: "ci", Status: forge.CheckRunning}}
		m.queued("alpha one").open()
		m.waitsFor("required checks")
		g.in(func() { g.checks = forge.Checks{{Name: "ci", Status: forge.CheckFailed}} })
		m.later()
		m.want(t, m.empties(), "alpha one taken_out", 1)
		if got := g.states(); got[0] != forge.Closed {
			t.Errorf("its pull request is %s", got[0])
		}
	})
}

func TestTakingOutAndHoldingCloseThePullRequest(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		g := m.protected()
		g.refuses = needsReviews
		m.queued("alpha one", "beta two").open()
		m.waitsFor("required reviews")
		if _, err := m.app.Work.HoldMerge(t.Context(), m.by, m.entries["alpha one"], "after the release"); err != nil {
			t.Fatal(err)
		}
		m.untilQueue("at the second", func(q merge.Queue) bool { return q.Entries[1].Pull == 2 })
		m.waitsFor("required reviews")
		if _, err := m.app.Work.RemoveMerge(t.Context(), m.by, m.entries["beta two"]); err != nil {
			t.Fatal(err)
		}
		m.untilQueue("free", func(q merge.Queue) bool { return q.Landing == "" })
		if got := g.states(); !slices.Equal(got, []forge.State{forge.Closed, forge.Closed}) {
			t.Errorf("the pull requests are %q", got)
		}
		g.in(func() { g.refuses = nil })
		if _, err := m.app.Work.ReleaseMerge(t.Context(), m.by, m.entries["alpha one"]); err != nil {
			t.Fatal(err)
		}
		m.want(t, m.empties(), "alpha one merged, beta two removed", 2)
	})
}

func TestABaseThatMovesUnderAPullRequestIsCheckedAgain(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		g := m.protected()
		g.refuses = needsReviews
		m.queued("alpha one").open()
		m.waitsFor("required reviews")
		m.remote.mu.Lock()
		m.remote.base, m.remote.contents["c1"] = "c1", []string{"from outside"}
		m.remote.mu.Unlock()
		m.later()
		m.untilQueue("at its second pull request", func(q merge.Queue) bool { return q.Entries[0].Pull == 2 })
		g.in(func() { g.refuses = nil })
		m.later()
		m.want(t, m.empties(), "alpha one merged", 2)
		if got := m.remote.merged(); !slices.Equal(got, []string{"from outside", "alpha one"}) || !slices.Equal(g.states(), []forge.State{forge.Closed, forge.Merged}) {
			t.Errorf("the base has %q, the pull requests are %q", got, g.states())
		}
	})
}

func TestABranchThatIsChangedOnTheForgeIsNotMerged(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		g := m.protected()
		g.refuses = needsReviews
		m.queued("alpha one").open()
		m.waitsFor("required reviews")
		m.remote.mu.Lock()
		m.remote.branches[g.pulls[0].Branch] = "another"
		m.remote.mu.Unlock()
		g.in(func() { g.refuses, g.pulls[0].Head = nil, "another" })
		m.later()
		m.want(t, m.empties(), "alpha one taken_out", 1)
	})
}

func TestAServerThatWasKilledOpensAndMergesAPullRequestOnce(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"open", "merge"} {
		t.Run(at, func(t *testing.T) {
			eachDatabase(t, func(t *testing.T, m *merges) {
				g, reached, first := m.protected(), make(chan struct{}), true
				g.after = func(act string) {
					if act == at && first {
						first = false
						close(reached)
						panic("killed")
					}
				}
				m.queued("alpha one", "beta two")
				stop := m.open()
				<-reached
				stop()
				m.open()
				m.want(t, m.empties(), "alpha one merged, beta two merged", 2)
				if got := g.states(); !slices.Equal(got, []forge.State{forge.Merged, forge.Merged}) {
					t.Errorf("the pull requests are %q", got)
				}
			})
		})
	}
}
