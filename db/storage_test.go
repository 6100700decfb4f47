package db_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	budget "github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The storage of a team that runs something is measured more often than that of an idle one.
func TestUnmeasuredKnowsWhoRunsSomething(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		busy, idle, unmeasured := dbtest.NewTeam(t, d, "busy"), dbtest.NewTeam(t, d, "idle"), dbtest.NewTeam(t, d, "unmeasured")
		queued(t, d, busy, 1)
		claim(t, d, 1)
		for i, team := range []dbtest.Team{idle, busy} {
			update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
				return dbmodels.On(s).SetStorage(ctx, budget.Storage{MeasuredAt: dbtest.Now.Add(time.Duration(i) * time.Second)})
			})
		}
		later := dbtest.Now.Add(time.Minute)
		for name, c := range map[string]struct {
			ifRunning, ifIdle time.Time
			limit             int
			want              []tenant.ID
		}{
			"both are due":        {later, later, 10, []tenant.ID{unmeasured.ID, idle.ID, busy.ID}},
			"who runs something":  {later, dbtest.Now, 10, []tenant.ID{unmeasured.ID, busy.ID}},
			"who runs nothing":    {dbtest.Now, later, 10, []tenant.ID{unmeasured.ID, idle.ID}},
			"longest ago first":   {later, later, 2, []tenant.ID{unmeasured.ID, idle.ID}},
			"only the unmeasured": {dbtest.Now, dbtest.Now, 10, []tenant.ID{unmeasured.ID}},
		} {
			var got []tenant.ID
			err := d.SystemView(t.Context(), func(s *dbkernel.System) (err error) {
				got, err = dbmodels.Across(s).Unmeasured(t.Context(), c.ifRunning, c.ifIdle, c.limit)
				return err
			})
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
			}
		}
	})
}
