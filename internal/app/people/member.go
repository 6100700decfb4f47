package people

import (
	"context"
	"fmt"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// SetRole changes a member's role and closes the member's open streams. The last lead of a team remains lead.
func (a *Verbs) SetRole(ctx context.Context, by tenant.Actor, u tenant.UserID, role tenant.Role) error {
	if err := by.May(tenant.EditMembers); err != nil {
		return err
	}
	if err := appkernel.CheckID("person", string(u)); err != nil {
		return err
	}
	if _, err := tenant.ParseRole(string(role)); err != nil {
		return err
	}
	if by.Entered != "" && u == by.User {
		return ErrSelfInvite
	}
	return a.withMembers(ctx, by.Tenant, func(s *dbkernel.Scope, inactive map[tenant.UserID]bool) error {
		return a.setRole(ctx, s, by, u, role, inactive)
	})
}

func (a *Verbs) setRole(ctx context.Context, s *dbkernel.Scope, by tenant.Actor, u tenant.UserID, role tenant.Role, inactive map[tenant.UserID]bool) error {
	if role != tenant.Lead {
		if err := keepLead(ctx, s, by, u, inactive); err != nil {
			return err
		}
	}
	was, err := dbpeople.On(s).Role(ctx, u)
	if err != nil || was == role {
		return err
	}
	if err := dbpeople.On(s).SetRole(ctx, u, role); err != nil {
		return err
	}
	if role != tenant.Lead {
		// A former lead's invitations must not remain open.
		if err := dbpeople.On(s).WithdrawInvitations(ctx, u, a.k.Clock.Now()); err != nil {
			return err
		}
	}
	s.AfterCommit(func() { a.ringPerson(u) })
	return a.k.AuditChange(ctx, s, by, "change_role", string(u), fmt.Sprintf("%s → %s", was, role), string(was), string(role))
}

// RemoveMember removes a person from the team: it ends the person's streams, revokes the person's tokens of this team and withdraws the
// person's open invitations. The person's sessions are kept. The last lead cannot be removed.
func (a *Verbs) RemoveMember(ctx context.Context, by tenant.Actor, u tenant.UserID) error {
	if err := by.May(tenant.EditMembers); err != nil {
		return err
	}
	if err := appkernel.CheckID("person", string(u)); err != nil {
		return err
	}
	return a.endMembership(ctx, by, by.Tenant, u, "remove_member")
}

// LeaveTeam removes the actor from the team, like RemoveMember.
func (a *Verbs) LeaveTeam(ctx context.Context, by tenant.Actor) error {
	if err := by.May(tenant.LeaveTeam); err != nil {
		return err
	}
	return a.endMembership(ctx, by, by.Tenant, by.User, "leave_team")
}

func (a *Verbs) endMembership(ctx context.Context, by tenant.Actor, t tenant.ID, u tenant.UserID, verb string) error {
	return a.withMembers(ctx, t, func(s *dbkernel.Scope, inactive map[tenant.UserID]bool) error {
		if err := keepLead(ctx, s, by, u, inactive); err != nil {
			return err
		}
		was, err := dbpeople.On(s).Role(ctx, u)
		if err != nil {
			return err
		}
		now := a.k.Clock.Now()
		if err := dbpeople.On(s).RemoveMember(ctx, u); err != nil {
			return err
		}
		if err := dbpeople.On(s).RevokeTokens(ctx, u, now); err != nil {
			return err
		}
		if err := dbpeople.On(s).WithdrawInvitations(ctx, u, now); err != nil {
			return err
		}
		s.AfterCommit(func() { a.ringPerson(u) })
		return a.k.Audit(ctx, s, by, verb, string(u), "was "+string(was))
	})
}

// withMembers runs fn in a write transaction of a team, with its deactivated members, who do not count as leads.
func (a *Verbs) withMembers(ctx context.Context, t tenant.ID, fn func(s *dbkernel.Scope, inactive map[tenant.UserID]bool) error) error {
	inactive := map[tenant.UserID]bool{}
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		ms, err := dbpeople.Across(s).TeamMembers(ctx, t)
		if err != nil {
			return err
		}
		for _, m := range ms {
			inactive[m.User] = !m.Active
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.k.DB.Update(ctx, t, func(s *dbkernel.Scope) error { return fn(s, inactive) })
}

// keepLead refuses to remove the team's last active lead. It locks the leads, so that two cannot leave at the same time.
func keepLead(ctx context.Context, s *dbkernel.Scope, by tenant.Actor, u tenant.UserID, inactive map[tenant.UserID]bool) error {
	leads, err := dbpeople.On(s).LockLeads(ctx)
	if err != nil || inactive[u] || !slices.Contains(leads, u) {
		return err
	}
	for _, l := range leads {
		if l != u && !inactive[l] {
			return nil
		}
	}
	if u == by.User {
		return fault.New(fault.Conflict, "You are the last lead of this team. Make someone else a lead first.")
	}
	return fault.New(fault.Conflict, "This is the last lead of the team. Make someone else a lead first.")
}

// AddMember is the operator's command that adds a person to a team or changes the person's role.
func (a *Verbs) AddMember(ctx context.Context, slug, email string, role tenant.Role) error {
	if _, err := tenant.ParseRole(string(role)); err != nil {
		return err
	}
	t, u, err := a.teamAndPerson(ctx, slug, email)
	if err != nil {
		return err
	}
	return a.withMembers(ctx, t.ID, func(s *dbkernel.Scope, inactive map[tenant.UserID]bool) error {
		err := a.setRole(ctx, s, appkernel.Operator(), u.ID, role, inactive)
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		if err := dbpeople.On(s).PutRole(ctx, u.ID, role, a.k.Clock.Now()); err != nil {
			return err
		}
		return a.k.Audit(ctx, s, appkernel.Operator(), "add_member", string(u.ID), string(role))
	})
}

// DropMember is the operator's command that removes a person from a team, like RemoveMember.
func (a *Verbs) DropMember(ctx context.Context, slug, email string) error {
	t, u, err := a.teamAndPerson(ctx, slug, email)
	if err != nil {
		return err
	}
	return a.endMembership(ctx, appkernel.Operator(), t.ID, u.ID, "remove_member")
}

func (a *Verbs) teamAndPerson(ctx context.Context, slug, email string) (t tenant.Tenant, u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		if t, err = dbpeople.Across(s).TenantBySlug(ctx, slug); err != nil {
			return err
		}
		u, err = dbpeople.Across(s).UserByEmail(ctx, email)
		return err
	})
	return t, u, err
}
