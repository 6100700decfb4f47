package db_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// truth compares a team's counters with its rows, and its change log with its number.
func truth(t *testing.T, d *dbkernel.DB, team dbtest.Team) {
	t.Helper()
	rows := map[session.Status]int64{}
	for _, st := range dbtest.Rows(t, d, `SELECT status FROM sessions WHERE deleted_at IS NULL AND tenant_id = '`+string(team.ID)+`'`) {
		rows[session.Status(st)]++
	}
	if diff := cmp.Diff(rows, counts(t, d, team)); diff != "" {
		t.Errorf("team %s, rows and counters:\n%s", team.Slug, diff)
	}
	l := limits(t, d, team)
	if int64(l.Ready) != rows[session.Queued] || int64(l.Running) != rows[session.Running]+rows[session.Degraded] {
		t.Errorf("team %s: limits %+v, rows %v", team.Slug, l, rows)
	}
	changes := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]session.Change, error) {
		return dbwork.On(s).Changes(ctx, 0, 100_000)
	})
	last := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (int64, error) { return dbwork.On(s).LastChange(ctx) })
	for i, c := range changes {
		if c.N != int64(i+1) {
			t.Fatalf("team %s: change %d has number %d", team.Slug, i+1, c.N)
		}
	}
	if int64(len(changes)) != last {
		t.Errorf("team %s: %d changes, the last is %d", team.Slug, len(changes), last)
	}
}

// mover makes random moves, legal and illegal, creations, deletions and claims.
type mover struct {
	d    *dbkernel.DB
	team dbtest.Team
	ids  []session.ID
	r    *rand.Rand
}

func (m *mover) step(ctx context.Context, i int) error {
	if m.r.IntN(8) == 0 {
		return m.d.System(ctx, func(s *dbkernel.System) error {
			_, err := dbwork.Across(s).Claim(ctx, dbwork.ClaimSpec{Owner: "here", Now: dbtest.Now, Until: dbtest.Now, HostRoom: 2, Limit: 2})
			return err
		})
	}
	id, to := m.ids[m.r.IntN(len(m.ids))], session.Statuses()[m.r.IntN(12)]
	return m.d.Update(ctx, m.team.ID, func(s *dbkernel.Scope) error {
		if m.r.IntN(20) == 0 {
			return dbwork.On(s).DeleteSession(ctx, id, dbtest.Now)
		}
		v, err := dbwork.On(s).Session(ctx, id)
		if err != nil {
			return err
		}
		if m.r.IntN(4) > 0 && !session.CanMove(v.Status, to) {
			return nil
		}
		_, err = dbwork.On(s).MoveSession(ctx, dbwork.Move{ID: id, From: v.Status, To: to, At: dbtest.Now.Add(time.Duration(i) * time.Second), NewAttempt: to == session.Queued})
		if err == nil && m.r.IntN(10) == 0 {
			return errLeave
		}
		return err
	})
}

func TestCountersNeverDrift(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		teams := []dbtest.Team{dbtest.NewTeam(t, d, "alpha"), dbtest.NewTeam(t, d, "beta")}
		ids := make([][]session.ID, len(teams))
		for i, team := range teams {
			for range 12 {
				ids[i] = append(ids[i], dbtest.Session(t, d, team).ID)
			}
		}
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				m := &mover{d, teams[n%2], ids[n%2], rand.New(rand.NewPCG(uint64(n), 7))}
				for i := range 80 {
					if err := m.step(t.Context(), i); err != nil && !passes(err) {
						t.Errorf("writer %d, step %d: %v", n, i, err)
					}
				}
			})
		}
		wg.Wait()
		for _, team := range teams {
			truth(t, d, team)
		}
	})
}

// passes reports whether err is expected of random moves: the row is missing, another move was first, or the test left.
func passes(err error) bool {
	return fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) || err == errLeave
}

// TestOppositeMovesDoNotBlockEachOther: a deadlock would end one of them with an error.
func TestOppositeMovesDoNotBlockEachOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		var wg sync.WaitGroup
		for range 4 {
			v := dbtest.Move(t, d, dbtest.Session(t, d, team), dbtest.Now, session.Queued, session.Running)
			wg.Go(func() {
				from, to := session.Running, session.Degraded
				for range 40 {
					err := tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
						_, err := dbwork.On(s).MoveSession(ctx, dbwork.Move{ID: v.ID, From: from, To: to, At: dbtest.Now})
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					from, to = to, from
				}
			})
		}
		wg.Wait()
		truth(t, d, team)
	})
}

func TestEventNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		v := dbtest.Session(t, d, team)
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for i := range 10 {
					err := tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
						// Every batch is written by two writers; the second finds it there. Some leave without a commit.
						es := make([]event.Event, 20)
						for k := range es {
							es[k] = event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{Text: "x"})
							es[k].SourceKey = fmt.Sprintf("%d/%d/%d", n/2, i, k)
						}
						_, err := dbwork.On(s).AppendEvents(ctx, v.ID, 1, es)
						if err == nil && (n+i)%5 == 4 {
							return errLeave
						}
						return err
					})
					if err != nil && err != errLeave {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		es := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]event.Event, error) {
			return dbwork.On(s).Events(ctx, v.ID, 0, 10_000)
		})
		for i, e := range es {
			if e.Seq != int64(i+1) {
				t.Fatalf("event %d has number %d", i+1, e.Seq)
			}
		}
		if len(es) != 800 || dbtest.Read(t, d, v).LastSeq != 800 {
			t.Errorf("%d events, the last is %d", len(es), dbtest.Read(t, d, v).LastSeq)
		}
	})
}

func TestSourceKeysBelongToAnAttempt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		v, other := dbtest.Session(t, d, team), dbtest.Session(t, d, team)
		add := func(id session.ID, attempt, n int) (stored []event.Event) {
			update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (err error) {
				es := make([]event.Event, n)
				for i := range es {
					es[i] = event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{Text: "x"})
					es[i].SourceKey = fmt.Sprint(i % 40) // more than one statement asks for, some twice in one batch
				}
				stored, err = dbwork.On(s).AppendEvents(ctx, id, attempt, es)
				return err
			})
			return stored
		}
		for i, c := range []struct{ got, want int }{{len(add(v.ID, 1, 80)), 40}, {len(add(v.ID, 1, 80)), 0}, {len(add(v.ID, 2, 40)), 40}, {len(add(other.ID, 1, 40)), 40}} {
			if c.got != c.want {
				t.Errorf("%d: %d stored, want %d", i, c.got, c.want)
			}
		}
	})
}
