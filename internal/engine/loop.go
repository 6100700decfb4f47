package engine

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// noBell is for loops that run by time only.
var noBell = hub.Key{}

// loop runs pass immediately, when bell rings, and at every interval, until ctx ends. A pass that fails or panics is logged
// and runs again at the next of these. The result of each pass is stored under the loop's name, for the operator.
func (e *Engine) loop(ctx context.Context, name string, bell hub.Key, every time.Duration, pass func(context.Context) error) {
	b, leave := e.app.Kernel.Hub.Hang(bell)
	j := e.jobs.add(name, every, time.Now())
	e.wg.Add(1)
	go func() {
		defer e.wg.Done()
		defer leave()
		tick := time.NewTicker(every)
		defer tick.Stop()
		for ctx.Err() == nil {
			j.begin(time.Now())
			err := fault.Catch(func() error { return pass(ctx) })
			if err != nil && ctx.Err() == nil {
				e.log.Error("loop", "loop", name, "error", err)
			}
			j.end(time.Now(), err)
			select {
			case <-b.Ring:
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
}
