package console

import (
	"context"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Jobs returns the state of each loop of this server since its start.
func (a *Verbs) Jobs(_ context.Context, by tenant.Actor) ([]instance.Job, error) {
	if err := appkernel.MayOperate(by); err != nil || a.opts.Jobs == nil {
		return nil, err
	}
	return a.opts.Jobs(), nil
}
