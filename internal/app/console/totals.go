package console

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Ready asks the database and the dispatcher; a fault of kind unavailable says which of them does not answer.
func (a *Verbs) Ready(ctx context.Context) error {
	if _, err := a.k.Setting(ctx, "instance_id"); err != nil {
		return fault.New(fault.Unavailable, "The database does not answer.").Because(err)
	}
	if a.k.Opts.DispatcherAlive != nil && !a.k.Opts.DispatcherAlive() {
		return fault.New(fault.Unavailable, "The dispatcher has not looked at the queue lately.")
	}
	return nil
}

// Totals are figures of the whole instance without any tenant's name.
type Totals struct {
	Sessions  map[session.Status]int64
	Processes int64
}

// Totals reads the instance's figures for metrics.
func (a *Verbs) Totals(ctx context.Context) (t Totals, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		t.Sessions, t.Processes, err = dbwork.Across(s).Totals(ctx)
		return err
	})
	return t, err
}
