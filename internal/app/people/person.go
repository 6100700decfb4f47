package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// ResetLifetime is how long a reset link works.
const ResetLifetime = 24 * time.Hour

// PersonByEmail reads a person by e-mail address, in whatever case, for the operator's commands.
func (a *Verbs) PersonByEmail(ctx context.Context, email string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { u, err = dbpeople.Across(s).UserByEmail(ctx, email); return err })
	return u, err
}

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

// ResetPerson ends a person's logins and password and answers the text of a link that sets a new one, once, within a day.
// It is written into the log of each of the person's teams.
func (a *Verbs) ResetPerson(ctx context.Context, by tenant.Actor, u tenant.UserID) (token string, err error) {
	if err := a.PasswordsOpen(); err != nil {
		return "", err
	}
	token, hash := MintLink()
	return token, a.onPerson(ctx, by, u, "reset_person", func(s *dbkernel.System) error {
		who, err := dbpeople.Across(s).User(ctx, u)
		if err != nil {
			return err
		}
		if !who.Active {
			return fault.New(fault.Conflict, "%s is deactivated. Activate the person first.", who.Email)
		}
		ends := a.k.Clock.Now().Add(ResetLifetime)
		if err := dbpeople.Across(s).PutResetLink(ctx, u, hash, ends); err != nil {
			return err
		}
		if err := a.postPerson(ctx, s, letter.Letter{Kind: letter.Reset, User: u, Path: "/reset/", Token: token, Data: letter.Data{Until: until(ends)}}); err != nil {
			return err
		}
		// Whoever knows the old password may be the reason for the reset.
		if err := dbpeople.Across(s).SetPassword(ctx, u, ""); err != nil {
			return err
		}
		return dbpeople.Across(s).DeleteLogins(ctx, u, "")
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

// ResetLinkPerson is whose password a reset link sets; used, expired and unknown links answer the same.
func (a *Verbs) ResetLinkPerson(ctx context.Context, token string) (u user.User, err error) {
	if err := a.PasswordsOpen(); err != nil {
		return u, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		u, err = dbpeople.Across(s).ResetUser(ctx, hashed(token), a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return u, resetOver()
	}
	return u, err
}

func resetOver() error {
	return fault.New(fault.Forbidden, "This link was used or is older than 24 hours. An admin of this server can make a new one.")
}

// SetNewPassword uses a reset link up: the password is set and every login that was made meanwhile ends.
func (a *Verbs) SetNewPassword(ctx context.Context, token, password string) (u user.User, err error) {
	if u, err = a.ResetLinkPerson(ctx, token); err != nil {
		return u, err
	}
	if err := user.CheckPassword(password, u.Email); err != nil {
		return u, err
	}
	hash, err := user.HashPassword(password)
	if err != nil {
		return u, err
	}
	return u, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		ok, err := dbpeople.Across(s).UseResetLink(ctx, hashed(token), a.k.Clock.Now())
		if err != nil {
			return err
		}
		if !ok {
			return resetOver()
		}
		if err := dbpeople.Across(s).SetPassword(ctx, u.ID, hash); err != nil {
			return err
		}
		if err := dbpeople.Across(s).ClearFailures(ctx, "account:"+user.Fold(u.Email)); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DeleteLogins(ctx, u.ID, ""); err != nil {
			return err
		}
		if err := a.postPerson(ctx, s, letter.Letter{Kind: letter.PasswordChanged, User: u.ID}); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "set_new_password", string(u.ID), "by a reset link; every login ended")
	})
}
