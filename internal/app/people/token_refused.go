package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// tokenRefused writes down that a token was sent that is not valid: in its team's log where it ever was one.
func (a *Verbs) tokenRefused(ctx context.Context, text string) {
	var t apitoken.Token
	var known bool
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		t, known, err = dbpeople.Across(s).DeadToken(ctx, apitoken.Hash(text))
		return err
	})
	if err != nil {
		a.k.Log.Error("look for a refused token", "error", err)
	}
	by := tenant.Actor{Name: "nobody", Via: "token"}
	if known {
		by = tenant.Actor{Tenant: t.Tenant, User: t.User, Via: "token:" + t.ID}
	}
	a.k.Refused(ctx, by, "use_token", t.ID, "This API token is unknown, expired or revoked.")
}
