package kit

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// recordRefusal writes a refused action to the audit log.
func (a *Kit) recordRefusal(ctx context.Context, v Visit, err error) {
	if fault.Is(err, fault.Forbidden) && v.Actor.Tenant != "" {
		a.kernel.Refused(ctx, v.Actor, string(v.action), "", v.Request.method+" "+v.Request.path+": "+err.Error())
	}
}
