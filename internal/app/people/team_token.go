package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// TeamTokens returns the API tokens of all members that are not revoked, newest first.
func (a *Verbs) TeamTokens(ctx context.Context, by tenant.Actor) ([]apitoken.Token, error) {
	return appkernel.ReadOne(ctx, a.k, by, tenant.ReadTokens, dbpeople.On, dbpeople.Scope.TeamTokens)
}

// revokeAllTokens revokes a person's tokens in all teams and writes it to the audit log of each.
func (a *Verbs) revokeAllTokens(ctx context.Context, s *dbkernel.System, u user.User) error {
	teams, err := dbpeople.Across(s).RevokeAllTokens(ctx, u.ID, a.k.Clock.Now())
	if err != nil {
		return err
	}
	by := appkernel.WithRequest(ctx, tenant.Actor{User: u.ID, Name: u.Name, Via: "login"})
	for team, ids := range teams {
		for _, id := range ids {
			if err := s.WriteAudit(ctx, team, a.k.Entry(by, "revoke_token", id, "with a new password")); err != nil {
				return err
			}
		}
	}
	return nil
}

// RevokeMemberToken revokes any member's token. It takes effect immediately.
func (a *Verbs) RevokeMemberToken(ctx context.Context, by tenant.Actor, tokenID string) error {
	if err := appkernel.CheckID("token", tokenID); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.RevokeTokens, func(s *dbkernel.Scope) error {
		owner, err := dbpeople.On(s).RevokeAnyToken(ctx, tokenID, a.k.Clock.Now())
		if err != nil {
			return err
		}
		s.AfterCommit(func() { a.ringPerson(owner) })
		return a.k.Audit(ctx, s, by, "revoke_token", tokenID, "")
	})
}
