package api

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// noteRefusal has it written down that a token may not do what was asked.
func (a *API) noteRefusal(ctx context.Context, v visit, err error) {
	if fault.Is(err, fault.Forbidden) && v.actor.Tenant != "" {
		a.app.Kernel.Refused(ctx, v.actor, string(v.action), "", v.request.method+" "+v.request.path+": "+err.Error())
	}
}
