package kit

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// noteRefusal has it written down that a token may not do what was asked.
func (a *Kit) noteRefusal(ctx context.Context, v Visit, err error) {
	if fault.Is(err, fault.Forbidden) && v.Actor.Tenant != "" {
		a.kernel.Refused(ctx, v.Actor, string(v.action), "", v.Request.method+" "+v.Request.path+": "+err.Error())
	}
}
