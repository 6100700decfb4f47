package console

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Totals are figures of the whole instance, without names of teams.
type Totals struct {
	Sessions  map[session.Status]int64
	Processes int64
}

// Totals returns the instance's figures for metrics.
func (a *Verbs) Totals(ctx context.Context) (t Totals, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		t.Sessions, t.Processes, err = dbwork.Across(s).Totals(ctx)
		return err
	})
	return t, err
}
