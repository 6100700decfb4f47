package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// twoShops is a shop on each database whose first team's sessions fail at once, and a second team whose sessions succeed. began counts
// the turns of the first team.
type twoShops struct {
	*shop
	other dbtest.Team
	by    tenant.Actor // the lead of the other team

	mu    sync.Mutex
	began int
	seen  map[session.ID]int // began when a session of the other team started
}

func eachTwoShops(t *testing.T, fn func(*testing.T, *twoShops)) {
	for name, open := range map[string]func(testing.TB, ...clock.Clock) *dbkernel.DB{"sqlite": dbtest.Open, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clock.NewFake(dbtest.Now)
			two := &twoShops{seen: map[session.ID]int{}}
			two.shop = newShopOn(t, open(t, c), c, two.play)
			two.other = dbtest.NewTeam(t, two.db, "beta")
			dbtest.Provider(t, two.db, two.other, "models")
			var err error
			if two.by, err = two.app.People.ActorByEmail(t.Context(), "beta", two.other.Lead.Email); err != nil {
				t.Fatal(err)
			}
			fn(t, two)
		})
	}
}

func (two *twoShops) play(_ context.Context, turn fake.Turn) (runner.Outcome, error) {
	two.mu.Lock()
	defer two.mu.Unlock()
	if turn.Job.Tenant == two.other.ID {
		two.seen[turn.Job.Session] = two.began
		return done, nil
	}
	two.began++
	two.clock.Advance(time.Millisecond) // the team that was served the longest ago is next
	return runner.Outcome{End: runner.Failed, Reason: session.Reason{Code: session.AgentError, Message: "It fails at once."}}, nil
}

func (two *twoShops) count() int {
	two.mu.Lock()
	defer two.mu.Unlock()
	return two.began
}

// A thousand retries of a team whose sessions fail at once do not delay another team's sessions: on a host that runs one session at a
// time, a session of the other team does not wait for those that are queued before it.
func TestAThousandRetriesOfOneTeamDoNotSlowAnother(t *testing.T) {
	t.Parallel()
	const sessions = 20
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	eachTwoShops(t, func(t *testing.T, two *twoShops) {
		two.opts.MaxRunning = 1
		two.open()
		var ids []session.ID
		for range sessions {
			ids = append(ids, two.start())
		}
		for round := 1; round <= rounds; round++ {
			for i, id := range ids {
				two.until(id, "failed again", func(v session.Session) bool { return v.Status == session.Failed && v.Attempt == round })
				if _, err := two.app.Work.RetrySession(t.Context(), two.shop.by, id, false); err != nil {
					t.Fatal(err)
				}
				if i == round%sessions {
					two.startsSoon(t)
				}
			}
		}
		if n := two.count(); n < rounds*sessions {
			t.Errorf("only %d turns of the first team ran", n)
		}
	})
}

// startsSoon starts a session of the other team and checks how many of the first team went first.
func (two *twoShops) startsSoon(t *testing.T) {
	t.Helper()
	v := session.Session{Title: "Do some work", Prompt: "Work.", Model: "models/small", Priority: session.Medium}
	v, err := two.app.Work.CreateSession(t.Context(), two.by, v, true)
	before := two.count()
	if err != nil {
		t.Fatal(err)
	}
	bell, leave := two.hub.Hang(hub.Session(two.other.ID, v.ID))
	defer leave()
	for deadline := time.After(time.Minute); dbtest.Read(t, two.db, v).Status != session.Completed; {
		select {
		case <-bell.Ring:
		case <-deadline:
			t.Fatalf("it is %s after a minute", dbtest.Read(t, two.db, v).Status)
		}
	}
	two.mu.Lock()
	defer two.mu.Unlock()
	if ahead := two.seen[v.ID] - before; ahead > 2 { // one that was claimed before, and one if both teams were served last in the same millisecond
		t.Errorf("%d sessions of the first team started before it", ahead)
	}
}

// Retries that are refused, because the budget of their team is used up, stay due. They do not hold up the retries of another team.
func TestRefusedRetriesHoldUpNoOtherTeam(t *testing.T) {
	t.Parallel()
	eachTwoShops(t, func(t *testing.T, two *twoShops) {
		for range 150 {
			two.failed(t, two.team, dbtest.Now)
		}
		other := two.failed(t, two.other, dbtest.Now.Add(time.Second))
		dbtest.Exec(t, two.db, `UPDATE lanes SET max_tokens_per_month = 0 WHERE tenant_id = '`+string(two.team.ID)+`'`)
		two.clock.Advance(time.Minute)
		for _, r := range engine.Routines(engine.New(two.opts)) {
			if r.Name == "retries" {
				if err := r.Pass(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}
		if now := dbtest.Read(t, two.db, other); now.Status != session.Queued {
			t.Errorf("the retry of the other team is %s", now.Status)
		}
	})
}

// failed makes a session of a team whose retry is due at a time.
func (two *twoShops) failed(t *testing.T, team dbtest.Team, at time.Time) session.Session {
	t.Helper()
	v := dbtest.Move(t, two.db, dbtest.Session(t, two.db, team), dbtest.Now, session.Queued, session.Running, session.Failed)
	err := two.db.Update(t.Context(), team.ID, func(sc *dbkernel.Scope) error {
		_, err := dbwork.On(sc).MoveSession(t.Context(), dbwork.Move{ID: v.ID, From: session.Failed, To: session.Pending, At: dbtest.Now, RetryAt: &at, CountRetry: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}
