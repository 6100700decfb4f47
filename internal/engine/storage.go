package engine

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// How old the measure of a team's storage may be while it runs something and while not, how long one may take, and how many
// teams one pass measures.
const (
	measureRunning = time.Minute
	measureIdle    = time.Hour
	measureWithin  = 30 * time.Second
	measureBatch   = 50
)

// Measure notes what teams keep, those first whose measure is the oldest.
func (e *Engine) Measure(ctx context.Context) error {
	var due []tenant.ID
	now := e.clock.Now()
	err := e.db.SystemView(ctx, func(s *db.System) (err error) {
		due, err = s.Unmeasured(ctx, now.Add(-measureRunning), now.Add(-measureIdle), measureBatch)
		return err
	})
	for _, t := range due {
		if err == nil {
			err = e.measure(ctx, t)
		}
	}
	return err
}

func (e *Engine) measure(ctx context.Context, t tenant.ID) error {
	limited, cancel := context.WithTimeout(ctx, measureWithin)
	defer cancel()
	v, err := e.space.Size(limited, t)
	if err != nil || ctx.Err() != nil {
		return err
	}
	if limited.Err() != nil {
		e.log.Warn("measure a team's storage", "tenant", t, "error", "it holds more files than can be counted in time; what was counted stands")
	}
	return e.app.NoteStorage(ctx, t, v)
}
