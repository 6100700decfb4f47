package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// TeamTokens lists everybody's API tokens of the team that were not revoked, newest first.
func (a *Verbs) TeamTokens(ctx context.Context, by tenant.Actor) (ts []apitoken.Token, err error) {
	err = a.k.Read(ctx, by, tenant.ReadTokens, func(s *dbkernel.Scope) error { ts, err = dbpeople.On(s).TeamTokens(ctx); return err })
	return ts, err
}

// EndToken revokes anybody's token of the team at once.
func (a *Verbs) EndToken(ctx context.Context, by tenant.Actor, tokenID string) error {
	if err := appkernel.CheckID("token", tokenID); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.RevokeTokens, func(s *dbkernel.Scope) error {
		owner, err := dbpeople.On(s).EndToken(ctx, tokenID, a.k.Clock.Now())
		if err != nil {
			return err
		}
		s.AfterCommit(func() { a.ringPerson(owner) })
		return a.k.Audit(ctx, s, by, "revoke_token", tokenID, "")
	})
}
