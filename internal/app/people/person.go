package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// DeactivatePerson takes a person every right: logins and streams end, tokens stop, open invitations the person made are
// withdrawn. It is written into the log of each of the person's teams.
func (a *Verbs) DeactivatePerson(ctx context.Context, by tenant.Actor, u tenant.UserID) error {
	return a.onPerson(ctx, by, u, "deactivate_person", func(s *dbkernel.System) error {
		if by.Via != appkernel.Operator().Via { // a command can make an admin anew
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

// ActivatePerson gives a person the rights back that memberships and tokens still hold. The person signs in anew.
func (a *Verbs) ActivatePerson(ctx context.Context, by tenant.Actor, u tenant.UserID) error {
	return a.onPerson(ctx, by, u, "activate_person", func(s *dbkernel.System) error {
		who, err := dbpeople.Across(s).User(ctx, u)
		if err != nil {
			return err
		}
		if err := erasedAlready(who); err != nil {
			return err
		}
		return dbpeople.Across(s).SetActive(ctx, u, true)
	})
}

// onPerson does an operator's act on a person, writes it into the log of the instance and of each of the person's teams, and rings the person's bell.
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
