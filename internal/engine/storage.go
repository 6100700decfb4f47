package engine

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The maximum age of a team's measurement while it runs sessions and while it does not, the time limit of one, and the number of
// teams that one pass measures.
const (
	measureRunning = time.Minute
	measureIdle    = time.Hour
	measureWithin  = 30 * time.Second
	measureBatch   = 50
)

// Measure measures the storage of teams, the oldest measurement first.
func (e *Engine) Measure(ctx context.Context) error {
	var due []tenant.ID
	now := e.clock.Now()
	err := e.db.SystemView(ctx, func(s *dbkernel.System) (err error) {
		due, err = dbmodels.Across(s).Unmeasured(ctx, now.Add(-measureRunning), now.Add(-measureIdle), measureBatch)
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range due {
		if err := e.measure(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) measure(ctx context.Context, t tenant.ID) error {
	limited, cancel := context.WithTimeout(ctx, measureWithin)
	defer cancel()
	v, err := e.space.Size(limited, t)
	if err != nil && !fault.Is(err, fault.Exhausted) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		e.log.Warn("measure a team's storage", "tenant", t, "error", err)
	}
	if limited.Err() != nil {
		e.log.Warn("measure a team's storage", "tenant", t, "error", "the team has more files than can be counted in time; the sum so far is stored")
	}
	return e.app.Work.NoteStorage(ctx, t, v)
}
