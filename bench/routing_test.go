package bench

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// thirty is a capability list of agents that can do nearly everything.
var thirty = agent.Capabilities()[:30]

// BenchmarkRoutingChoice chooses among a thousand agents with thirty capabilities each.
func BenchmarkRoutingChoice(b *testing.B) {
	cs := make([]agent.Candidate, 1000)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range cs {
		cs[i] = agent.Candidate{ID: agent.ID(id.New()), Name: fmt.Sprint("agent ", i), Tier: agent.Tiers()[r.IntN(6)], Circuit: agent.Closed, Load: agent.Load{Taken: int64(r.IntN(6)), Max: 5}, Capabilities: agent.SetOf(thirty), Model: "local/small"}
	}
	need := agent.Need{Capabilities: agent.Capabilities()[25:29], Technologies: []string{"go"}}
	for b.Loop() {
		var t times
		for range 2000 {
			begun := time.Now()
			agent.Route(cs, need, func(string) bool { return true }, begun)
			t = append(t, time.Since(begun))
		}
		report50and99(b, "choice among 1,000 agents", t)
	}
}

// BenchmarkRouting routes and reserves as the start of a session does, from eight goroutines, until all places are taken: each place goes
// to one.
func BenchmarkRouting(b *testing.B) {
	for _, teams := range []int{1, 100} {
		b.Run(fmt.Sprintf("teams %d", teams), func(b *testing.B) {
			for b.Loop() {
				d := dbtest.Open(b)
				all := make([]dbtest.Team, teams)
				for i := range all {
					all[i] = dbtest.NewTeam(b, d, fmt.Sprint("team-", i))
					agentsOf(b, d, all[i], 2000/teams/50)
				}
				routeAll(b, d, all)
			}
		})
	}
}

// agentsOf gives a team agents with fifty places each; at least one.
func agentsOf(b *testing.B, d *dbkernel.DB, team dbtest.Team, n int) {
	b.Helper()
	spec := agent.Spec{Type: "reviewer", Capabilities: thirty, Places: 50}
	check(b, d.Update(b.Context(), team.ID, func(s *dbkernel.Scope) error {
		for i := range max(n, 1) {
			v := agent.Version{Number: agent.First, Spec: spec, Digest: spec.Digest(), SavedAt: time.Now()}
			if err := dbagents.On(s).CreateAgent(b.Context(), agent.Agent{ID: agent.ID(id.New()), Name: fmt.Sprint("agent ", i), Current: v, CreatedAt: time.Now()}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func routeAll(b *testing.B, d *dbkernel.DB, teams []dbtest.Team) {
	b.Helper()
	const routings = 2000
	var wait sync.WaitGroup
	var mu sync.Mutex
	var whole, reserved times
	next := make(chan dbtest.Team)
	begun := time.Now()
	for range 8 {
		wait.Go(func() {
			for team := range next {
				t, r, err := routeOne(b, d, team)
				mu.Lock()
				if whole = append(whole, t); err == nil {
					reserved = append(reserved, r)
				} else {
					b.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	for i := range routings {
		next <- teams[i%len(teams)]
	}
	close(next)
	wait.Wait()
	report(b, "routings with a place", routings/time.Since(begun).Seconds(), "per second")
	report50and99(b, "choice and reservation", whole)
	report50and99(b, "the reservation's statement", reserved)
	if n := dbtest.Rows(b, d, `SELECT sum(taken_places) FROM agents`); n[0] != fmt.Sprint(routings) {
		b.Errorf("%s places are taken after %d routings", n[0], routings)
	}
}

// routeOne chooses an agent for a need and takes one of its places in a transaction of the team.
func routeOne(b *testing.B, d *dbkernel.DB, team dbtest.Team) (whole, reserved time.Duration, err error) {
	begun := time.Now()
	err = d.Update(b.Context(), team.ID, func(s *dbkernel.Scope) error {
		if err := dbwork.On(s).LockQueue(b.Context()); err != nil {
			return err
		}
		cs, err := dbagents.On(s).Candidates(b.Context(), begun)
		if err != nil {
			return err
		}
		best, ok := agent.Route(cs, agent.Need{Capabilities: thirty[:3]}, func(string) bool { return true }, begun).Chosen()
		if !ok {
			return fmt.Errorf("no agent of %d has a place", len(cs))
		}
		at := time.Now()
		ok, err = dbagents.On(s).TakePlace(b.Context(), best.ID, at)
		reserved = time.Since(at)
		if err == nil && !ok {
			err = fmt.Errorf("the place was gone")
		}
		return err
	})
	return time.Since(begun), reserved, err
}
