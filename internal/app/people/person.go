package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// DeactivatePerson revokes a person's access: it ends logins and streams, disables API tokens and withdraws the person's open
// invitations. It is written to the audit log of each of the person's teams.
func (a *Verbs) DeactivatePerson(ctx context.Context, by tenant.Actor, u tenant.UserID) error {
	return a.onPerson(ctx, by, u, "deactivate_person", func(s *dbkernel.System) error {
		if by.Via != appkernel.Operator().Via { // a command can make another admin
			if err := keepAdmin(ctx, s, u); err != nil {
				return err
			}
		}
		if err := dbpeople.Across(s).SetActive(ctx, u, false); err != nil {
			return err
		}
		if err := dbpeople.Across(s).WithdrawInvitations(ctx, u, a.k.Clock.Now()); err != nil {
			return err
		}
		return dbpeople.Across(s).DeleteLogins(ctx, u, "")
	})
}

// ActivatePerson restores a person's access, with the memberships and tokens that remain. The person must sign in again.
func (a *Verbs) ActivatePerson(ctx context.Context, by tenant.Actor, u tenant.UserID) error {
	return a.onPerson(ctx, by, u, "activate_person", func(s *dbkernel.System) error {
		who, err := dbpeople.Across(s).User(ctx, u)
		if err != nil {
			return err
		}
		if err := checkNotErased(who); err != nil {
			return err
		}
		return dbpeople.Across(s).SetActive(ctx, u, true)
	})
}

// onPerson runs an operator's action on a person, writes it to the audit logs of the instance and of each of the person's teams, and
// rings the person's bell.
func (a *Verbs) onPerson(ctx context.Context, by tenant.Actor, u tenant.UserID, verb string, act func(*dbkernel.System) error) error {
	if err := appkernel.MayOperate(by); err != nil {
		return err
	}
	if err := appkernel.CheckID("person", string(u)); err != nil {
		return err
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := act(s); err != nil {
			return err
		}
		s.AfterCommit(func() { a.ringPerson(u) })
		return a.auditTeams(ctx, s, by, u, verb)
	})
}

func (a *Verbs) auditTeams(ctx context.Context, s *dbkernel.System, by tenant.Actor, u tenant.UserID, verb string) error {
	teams, err := dbpeople.Across(s).MembershipsOf(ctx, u)
	if err != nil {
		return err
	}
	for _, m := range teams {
		if err := s.WriteAudit(ctx, m.Tenant.ID, a.k.Entry(by, verb, string(u), "")); err != nil {
			return err
		}
	}
	return s.WriteInstanceAudit(ctx, a.k.Entry(by, verb, string(u), ""))
}
