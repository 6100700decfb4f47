package people

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// ErasePerson replaces a person's name and e-mail address with a pseudonym everywhere, including audit logs, and ends the person's
// memberships, logins, tokens and links. What the person did is kept under the pseudonym. It cannot be undone. It is written to the
// audit log of the instance and of each of the person's teams.
func (a *Verbs) ErasePerson(ctx context.Context, by tenant.Actor, u tenant.UserID) (as user.User, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return as, err
	}
	if err := appkernel.CheckID("person", string(u)); err != nil {
		return as, err
	}
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		who, err := dbpeople.Across(s).User(ctx, u)
		if err != nil {
			return err
		}
		if err := checkNotErased(who); err != nil {
			return err
		}
		// The memberships, which name the teams, are deleted below.
		if err := a.auditTeams(ctx, s, by, u, "erase_person"); err != nil {
			return err
		}
		s.AfterCommit(func() { a.ringPerson(u) })
		as = who.Pseudonym()
		return a.erase(ctx, s, who, as)
	})
	return as, err
}

func checkNotErased(who user.User) error {
	if who.Erased() {
		return fault.New(fault.Conflict, "This user has been erased. This cannot be undone.")
	}
	return nil
}

func (a *Verbs) erase(ctx context.Context, s *dbkernel.System, who, as user.User) error {
	now := a.k.Clock.Now()
	if err := dbpeople.Across(s).DeleteLogins(ctx, who.ID, ""); err != nil {
		return err
	}
	if err := dbpeople.Across(s).WithdrawInvitations(ctx, who.ID, now); err != nil {
		return err
	}
	if err := dbpeople.Across(s).ClearAccount(ctx, accountKey(who.Email)); err != nil {
		return err
	}
	return dbpeople.Across(s).EraseUser(ctx, who, as, now)
}
