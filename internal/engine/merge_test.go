package engine_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// heads is a git server whose sessions' commits are named after their titles.
type heads struct{}

func (heads) Advertise(context.Context, tenant.ID, repository.Repository, []string, string, io.Writer) error {
	return nil
}
func (heads) Upload(context.Context, tenant.ID, repository.ID, string, []byte, io.Writer) error {
	return nil
}
func (heads) Commit(_ context.Context, s session.Session) (string, error) { return s.Title, nil }

// remote is a base whose commits are sets of merged titles.
type remote struct {
	mu       sync.Mutex
	base     string
	contents map[string][]string // commit → titles
	passed   map[string]bool     // commits whose checks passed
	landed   []string
	branches map[string]string // of pull requests
	checks   int
	// fails reports whether the checks fail with these titles; conflicts whether a title conflicts with those ahead of it.
	fails     func(titles []string) bool
	conflicts func(ahead []string, title string) bool
	// onCheck and onLand run before a check and in place of a push.
	onCheck func(ctx context.Context, titles []string)
	onLand  func(r *remote, to string) error
}

func newRemote() *remote {
	return &remote{base: "c0", contents: map[string][]string{"c0": nil}, branches: map[string]string{}, passed: map[string]bool{}, fails: func([]string) bool { return false },
		conflicts: func([]string, string) bool { return false }}
}

func (r *remote) MergeBase(context.Context, tenant.ID, repository.Repository) (merge.Stacked, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return merge.Stacked{Commit: r.base, Tree: "tree of " + r.base}, nil
}

func (r *remote) Stack(_ context.Context, _ tenant.ID, onto string, e merge.Entry) (merge.Stacked, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ahead := r.contents[onto]
	if slices.Contains(ahead, e.Head) {
		return merge.Stacked{Contained: true}, nil
	}
	if r.conflicts(ahead, e.Head) {
		return merge.Stacked{Conflicts: []string{"file"}}, nil
	}
	commit := fmt.Sprintf("%x", sha256.Sum256([]byte(onto+e.Head)))[:12]
	r.contents[commit] = append(slices.Clone(ahead), e.Head)
	return merge.Stacked{Commit: commit, Tree: "tree of " + commit}, nil
}

func (r *remote) CheckCommit(ctx context.Context, _ tenant.ID, _ repository.Repository, commit string) ([]repository.CheckResult, error) {
	r.mu.Lock()
	titles := r.contents[commit]
	r.checks++
	r.mu.Unlock()
	if r.onCheck != nil {
		r.onCheck(ctx, titles)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails(titles) {
		return []repository.CheckResult{{Command: "make test", Verdict: repository.Broken, Output: "--- FAIL: TestLedger"}}, nil
	}
	r.passed[commit] = true
	return []repository.CheckResult{{Command: "make test", Verdict: repository.Passed}}, nil
}

func (r *remote) Land(_ context.Context, _ tenant.ID, _ repository.Repository, _, from, to string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.onLand != nil {
		return r.onLand(r, to)
	}
	if r.base != from {
		return fault.New(fault.Conflict, "stale")
	}
	r.move(to)
	return nil
}

func (r *remote) move(to string) { r.base, r.landed = to, append(r.landed, to) }

func (r *remote) Contains(_ context.Context, _ tenant.ID, _ repository.ID, newer, older string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return newer == older || len(r.contents[older]) > 0 && slices.Equal(r.contents[newer][:min(len(r.contents[newer]), len(r.contents[older]))], r.contents[older]), nil
}

// merged are the titles on the base, pushes the commits that were pushed.
func (r *remote) merged() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.contents[r.base]
}

func (r *remote) pushes() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.landed
}

// merges is a shop with a repository, completed sessions named a, b, … and a remote.
type merges struct {
	*shop
	remote  *remote
	repo    repository.ID
	work    map[string]session.ID
	entries map[string]merge.ID
}

func eachDatabase(t *testing.T, fn func(*testing.T, *merges)) {
	for name, open := range map[string]func(*testing.T, *clock.Fake) *dbkernel.DB{
		"sqlite":   func(t *testing.T, c *clock.Fake) *dbkernel.DB { return dbtest.Open(t, c) },
		"postgres": func(t *testing.T, c *clock.Fake) *dbkernel.DB { return dbtest.Postgres(t, c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clock.NewFake(dbtest.Now)
			m := &merges{shop: newShopOn(t, open(t, c), c, func(context.Context, fake.Turn) (runner.Outcome, error) { return done, nil }), remote: newRemote(), work: map[string]session.ID{}, entries: map[string]merge.ID{}}
			r, err := m.app.Repos.CreateRepository(t.Context(), m.by, repository.Repository{Name: "ledger", URL: "https://example.org/ledger.git", DefaultBranch: "main", CheckCommands: []string{"make test"}}, "")
			if err != nil {
				t.Fatal(err)
			}
			m.repo = r.ID
			fn(t, m)
		})
	}
}

// queue completes a session for each title and puts it into the queue, before the queue works.
func (m *merges) queued(titles ...string) *merges {
	m.t.Helper()
	stop := m.open()
	for _, title := range titles {
		m.work[title] = m.start(func(v *session.Session) { v.Title, v.RepositoryID = title, m.repo })
		m.becomes(m.work[title], session.Completed)
	}
	stop()
	for _, title := range titles {
		e, err := m.app.Work.MergeSession(m.t.Context(), m.by, m.work[title])
		if err != nil {
			m.t.Fatal(err)
		}
		m.entries[title] = e.ID
	}
	m.opts.Merges = m.remote
	return m
}

func (m *merges) state() merge.Queue {
	m.t.Helper()
	q, err := m.app.Work.MergeQueue(context.Background(), m.by, m.repo)
	if err != nil {
		m.t.Fatal(err)
	}
	return q
}

// until waits until the queue is as wanted.
func (m *merges) untilQueue(what string, ok func(merge.Queue) bool) merge.Queue {
	m.t.Helper()
	bell, leave := m.hub.Hang(hub.Team(m.by.Tenant))
	defer leave()
	deadline := time.After(time.Minute)
	for {
		q := m.state()
		if ok(q) {
			return q
		}
		select {
		case <-bell.Ring:
		case <-deadline:
			m.t.Fatalf("not %s: %+v", what, m.state())
		}
	}
}

func (m *merges) empties() merge.Queue {
	m.t.Helper()
	return m.untilQueue("empty", func(q merge.Queue) bool { return len(q.Entries) == 0 && q.Landing == "" })
}

// ends says how each entry left the queue.
func ends(q merge.Queue) string {
	var out []string
	for _, e := range q.Left {
		out = append(out, e.SessionTitle+" "+string(e.Status))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// sound checks that nothing landed whose checks did not pass on exactly that commit.
func (m *merges) sound() {
	m.t.Helper()
	m.remote.mu.Lock()
	defer m.remote.mu.Unlock()
	for _, c := range m.remote.landed {
		if !m.remote.passed[c] {
			m.t.Errorf("%s landed with %q, and its checks did not pass", c, m.remote.contents[c])
		}
	}
}

func (m *merges) want(t *testing.T, q merge.Queue, want string, checks int) {
	t.Helper()
	if got := ends(q); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	m.sound()
	m.remote.mu.Lock()
	defer m.remote.mu.Unlock()
	if m.remote.checks != checks {
		t.Errorf("%d checks ran, want %d", m.remote.checks, checks)
	}
}

func TestAQueueMergesABatchWithOneCheck(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.queued("alpha one", "beta two", "gamma three").open()
		m.want(t, m.empties(), "alpha one merged, beta two merged, gamma three merged", 1)
		if got := m.remote.merged(); !slices.Equal(got, []string{"alpha one", "beta two", "gamma three"}) {
			t.Errorf("the base has %q", got)
		}
		if _, err := m.app.Work.MergeSession(t.Context(), m.by, m.work["beta two"]); err != nil {
			t.Errorf("put in again: %v", err)
		}
		m.untilQueue("found on the base", func(q merge.Queue) bool { return len(q.Entries) == 0 && strings.Contains(q.Left[0].Note, "already") })
	})
}

func TestAQueueBisectsABatchAndTakesOutConflicts(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.remote.fails = func(titles []string) bool { return slices.Contains(titles, "gamma three") }
		m.remote.conflicts = func(_ []string, title string) bool { return title == "delta four" }
		m.queued("alpha one", "beta two", "gamma three", "delta four", "epsilon five").open()
		q := m.empties()
		// The batch of three twice, its first one, its first two; then the last one.
		m.want(t, q, "alpha one merged, beta two merged, delta four taken_out, epsilon five merged, gamma three taken_out", 5)
		for _, e := range q.Left {
			switch {
			case e.SessionTitle == "gamma three" && !strings.Contains(e.Note, "make test fails with it"):
				t.Errorf("the note of the failing one is %q", e.Note)
			case e.SessionTitle == "delta four" && !slices.Equal(e.Conflicts, []string{"file"}):
				t.Errorf("the conflicts are %q", e.Conflicts)
			}
		}
		m.remote.mu.Lock()
		m.remote.fails = func([]string) bool { return false }
		m.remote.mu.Unlock()
		if err := m.app.Work.HoldMergeQueue(t.Context(), m.by, m.repo, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := m.app.Work.RetryMerge(t.Context(), m.by, m.entries["gamma three"]); err != nil {
			t.Fatal(err)
		}
		m.empties()
		if !slices.Contains(m.remote.merged(), "gamma three") {
			t.Error("put back, it was not merged")
		}
		m.sound()
	})
}

func TestAPushThatWasCutOffIsFoundOnTheBase(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.remote.onLand = func(r *remote, to string) error { r.move(to); return errors.New("the connection was lost") }
		m.queued("alpha one").open()
		m.want(t, m.empties(), "alpha one merged", 1)
		if n := len(m.remote.pushes()); n != 1 {
			t.Errorf("it was pushed %d times", n)
		}
	})
}

func TestAServerThatWasKilledDuringAPushPushesAgain(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		atPush, pushed := make(chan struct{}), make(chan struct{})
		first := true
		m.remote.onLand = func(r *remote, to string) error {
			if first {
				first = false
				close(atPush)
				panic("killed")
			}
			r.move(to)
			close(pushed)
			return nil
		}
		m.queued("alpha one", "beta two")
		stop := m.open()
		<-atPush
		stop()
		m.open()
		<-pushed
		m.want(t, m.empties(), "alpha one merged, beta two merged", 1)
	})
}

func TestABaseThatMovesStartsTheBatchAgain(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		var once sync.Once
		m.remote.onCheck = func(context.Context, []string) {
			once.Do(func() {
				m.remote.mu.Lock()
				defer m.remote.mu.Unlock()
				m.remote.base, m.remote.contents["c1"] = "c1", []string{"from outside"}
			})
		}
		m.queued("alpha one").open()
		noted := m.untilQueue("noted", func(q merge.Queue) bool {
			return strings.Contains(q.Note, "main moved from c0 to c1") || len(q.Left) > 0
		})
		m.want(t, m.empties(), "alpha one merged", 2)
		if got := m.remote.merged(); !slices.Equal(got, []string{"from outside", "alpha one"}) {
			t.Errorf("the base has %q, noted was %q", got, noted.Note)
		}
	})
}

func TestAQueueStopsWhenTheBaseItselfFails(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		red := true
		m.remote.fails = func([]string) bool { return red }
		m.queued("alpha one").open()
		q := m.untilQueue("stopped", func(q merge.Queue) bool { return q.Stopped != "" })
		if q.Stopped != "make test fails on main itself (c0)." || len(q.Entries) != 1 {
			t.Errorf("stopped: %+v", q)
		}
		m.remote.mu.Lock()
		red = false
		m.remote.mu.Unlock()
		if err := m.app.Work.HoldMergeQueue(t.Context(), m.by, m.repo, ""); err != nil {
			t.Fatal(err)
		}
		m.empties()
		m.sound()
	})
}

func TestARemoteThatRefusesStopsTheQueue(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		m.remote.onLand = func(*remote, string) error {
			return fault.New(fault.Conflict, "Branch main was not pushed. The remote rejected it: protected.")
		}
		m.queued("alpha one").open()
		if q := m.untilQueue("stopped", func(q merge.Queue) bool { return q.Stopped != "" }); !strings.Contains(q.Stopped, "protected") || len(q.Entries) != 1 {
			t.Errorf("stopped: %+v", q)
		}
	})
}

func TestTakingOutAndHoldingStopTheCheck(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, m *merges) {
		checking, released := make(chan []string), atomic.Bool{}
		m.remote.onCheck = func(ctx context.Context, titles []string) {
			if len(titles) == 1 || released.Load() {
				return
			}
			checking <- titles
			<-ctx.Done()
		}
		m.queued("alpha one", "beta two", "gamma three").open()
		if got := <-checking; len(got) != 3 {
			t.Errorf("%q are checked", got)
		}
		if _, err := m.app.Work.RemoveMerge(t.Context(), m.by, m.entries["beta two"]); err != nil {
			t.Fatal(err)
		}
		if got := <-checking; !slices.Equal(got, []string{"alpha one", "gamma three"}) {
			t.Errorf("then %q are checked", got)
		}
		if _, err := m.app.Work.HoldMerge(t.Context(), m.by, m.entries["gamma three"], "after the release"); err != nil {
			t.Fatal(err)
		}
		q := m.untilQueue("merged but for the held one", func(q merge.Queue) bool { return len(q.Left) == 2 })
		if got := ends(q); got != "alpha one merged, beta two removed" || q.Entries[0].Status != merge.Held || q.Entries[0].Note != "after the release" {
			t.Errorf("%s, %+v", got, q.Entries)
		}
		released.Store(true)
		if _, err := m.app.Work.ReleaseMerge(t.Context(), m.by, m.entries["gamma three"]); err != nil {
			t.Fatal(err)
		}
		m.empties()
		m.sound()
	})
}
