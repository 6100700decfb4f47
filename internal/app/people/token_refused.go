package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// auditRefusedToken writes the use of an invalid token to the audit log of its former team, or of the instance.
func (a *Verbs) auditRefusedToken(ctx context.Context, text string) {
	var t apitoken.Token
	var found bool
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		t, found, err = dbpeople.Across(s).AnyTokenByHash(ctx, apitoken.Hash(text))
		return err
	})
	if err != nil {
		a.k.Log.Error("find the team of an invalid API token", "error", err)
	}
	by := tenant.Actor{Name: "nobody", Via: "token"}
	if found {
		by = tenant.Actor{Tenant: t.Tenant, User: t.User, Via: "token:" + t.ID}
	}
	a.k.Refused(ctx, by, "use_token", t.ID, "This API token is unknown, expired or revoked.")
}
