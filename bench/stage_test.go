package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// stage is a house with an engine whose agents start to send text when the curtain opens.
type stage struct {
	*house
	by        tenant.Actor
	browser   *browser
	token     string
	every     time.Duration
	curtain   chan struct{}
	there     sync.WaitGroup // agents that wait for the curtain
	said      atomic.Int64
	measuring atomic.Bool
}

func newStage(b *testing.B, every time.Duration) *stage {
	b.Helper()
	file := dbtest.File(b)
	people(b, field{path: file, teams: 1})
	s := &stage{house: newHouse(b, file), every: every, curtain: make(chan struct{})}
	// No limit of a team is measured here: a thousand readers alone would use up a minute's API requests.
	dbtest.Exec(b, s.db, `UPDATE lanes SET max_concurrent_sessions = 10000, max_queued_sessions = 10000, max_requests_per_minute = 1000000`)
	var err error
	s.by, err = s.app.People.ActorByEmail(b.Context(), slug, address)
	check(b, err)
	s.token, _, err = s.app.People.CreateToken(b.Context(), s.by, "bench", apitoken.Read, nil)
	check(b, err)
	dbtest.Provider(b, s.db, dbtest.Team{Tenant: tenant.Tenant{ID: s.by.Tenant, Slug: slug}}, "models")
	s.browser = signedIn(b, s.base)
	s.browser.http.Timeout = 0
	e := engine.New(engine.Options{App: s.app, DB: s.db, Runner: fake.New(s.script), Workspace: noTrees{}, Log: quiet, Instance: "bench"})
	check(b, e.Start(context.Background()))
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		check(b, e.Stop(ctx))
	})
	return s
}

// start starts a number of sessions and waits until each has a ready agent.
func (s *stage) start(n int) (ids []session.ID) {
	s.b.Helper()
	s.there.Add(n)
	for range n {
		v, err := s.app.Work.CreateSession(s.b.Context(), s.by, session.Session{Title: "Talk", Prompt: "Talk.", Model: "models/small", Priority: session.Medium}, true)
		check(s.b, err)
		ids = append(ids, v.ID)
	}
	s.there.Wait()
	return ids
}

// script sends the time repeatedly, until the engine stops.
func (s *stage) script(ctx context.Context, t fake.Turn) (runner.Outcome, error) {
	s.there.Done()
	select {
	case <-s.curtain:
	case <-ctx.Done():
		return runner.Outcome{End: runner.Aborted}, nil
	}
	wait := rand.N(pace)
	for n := 0; ; n++ {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return runner.Outcome{End: runner.Aborted}, nil
		}
		begun := time.Now()
		if err := t.Say(ctx, strconv.Itoa(n), fmt.Sprintf("%s%d;", stamp, begun.UnixNano())); err != nil {
			return runner.Outcome{}, err
		}
		s.said.Add(1)
		wait = max(0, s.every-time.Since(begun))
	}
}

// stamp precedes the time in the agents' text.
const stamp = "said at "

// processorTime is the CPU time of this process.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// noTrees is a workspace without git, because scripted agents use no files.
type noTrees struct{}

func (noTrees) Begin(context.Context, session.Session) error                  { return nil }
func (noTrees) Open(context.Context, session.Session) (string, string, error) { return "/", "", nil }
func (noTrees) Diff(context.Context, session.Session) ([]session.FileChange, []byte, bool, error) {
	return nil, nil, false, nil
}
func (noTrees) Check(context.Context, session.Session, string, bool) (r repository.CheckResult) {
	return r
}
func (noTrees) Save(context.Context, session.Session, string) (saved session.Saved, err error) {
	return saved, err
}
func (noTrees) Gaps(context.Context, session.Session, string) (g repository.Gaps, err error) {
	return g, err
}
func (noTrees) Keep(context.Context, session.Session) (session.Saved, error) {
	return session.Saved{}, nil
}
func (noTrees) DropBranch(context.Context, session.Session) error { return nil }
func (noTrees) Remove(context.Context, session.Session) error     { return nil }
func (noTrees) RemoveTeam(context.Context, tenant.ID) error       { return nil }
func (noTrees) Size(context.Context, tenant.ID) (quota.Storage, error) {
	return quota.Storage{}, nil
}
func (noTrees) Leave(tenant.ID, session.ID) error { return nil }
func (noTrees) Clone(context.Context, tenant.ID, repository.Repository, string, func(string)) (repository.Inspection, error) {
	return repository.Inspection{}, nil
}
