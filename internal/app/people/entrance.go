package people

import (
	"context"
	"slices"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// EnterTeam gives an admin the rights of a lead in a team for one hour. The team sees the reason in its audit log and on its pages.
// It ends earlier with LeaveEntered, with the login, or if the user is no longer an admin. Entering again replaces the first entry.
func (a *Verbs) EnterTeam(ctx context.Context, by tenant.Actor, login, slug, reason string) (e tenant.Entrance, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return e, err
	}
	now := a.k.Clock.Now()
	e = tenant.Entrance{ID: id.New(), User: by.User, Name: by.Name, Login: login, Reason: strings.TrimSpace(text.Clean(reason)), EnteredAt: now, EndsAt: now.Add(tenant.EntranceLifetime)}
	if err := e.Check(); err != nil {
		return e, err
	}
	t, err := a.TeamBySlug(ctx, slug)
	if err != nil {
		return e, err
	}
	e.Tenant = t.ID
	return e, a.k.DB.Update(ctx, t.ID, func(sc *dbkernel.Scope) error {
		if _, err := dbpeople.On(sc).EndEntrance(ctx, by.User, now); err != nil {
			return err
		}
		if err := dbpeople.On(sc).AddEntrance(ctx, e); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringPerson(by.User); a.k.Hub.RingBell(hub.Team(t.ID)) })
		return a.k.Audit(ctx, sc, by, "enter_team", e.ID, "until "+e.EndsAt.UTC().Format("15:04")+" UTC: "+e.Reason)
	})
}

// LeaveEntered ends what EnterTeam started and closes the admin's open streams of the team.
func (a *Verbs) LeaveEntered(ctx context.Context, by tenant.Actor) error {
	return a.k.Read(ctx, by, tenant.ReadTeam, func(*dbkernel.Scope) error { return a.leaveEntered(ctx, by) })
}

func (a *Verbs) leaveEntered(ctx context.Context, by tenant.Actor) error {
	if by.Entered == "" {
		return fault.New(fault.Conflict, "You have not entered this team.")
	}
	return a.k.DB.Update(ctx, by.Tenant, func(sc *dbkernel.Scope) error {
		if _, err := dbpeople.On(sc).EndEntrance(ctx, by.User, a.k.Clock.Now()); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringPerson(by.User); a.k.Hub.RingBell(hub.Team(by.Tenant)) })
		return a.k.Audit(ctx, sc, by, "leave_entered_team", by.Entered, "")
	})
}

// enteredActor returns an admin as an actor in a team that the admin has entered; in is false if the admin has not.
func (a *Verbs) enteredActor(ctx context.Context, s *dbkernel.System, u user.User, slug string) (by tenant.Actor, in bool, err error) {
	if !u.Admin {
		return by, false, nil
	}
	e, in, err := dbpeople.Across(s).Entrance(ctx, u.ID, slug, a.k.Clock.Now())
	if err != nil || !in {
		return by, false, err
	}
	by = memberActor(u, tenant.Membership{Tenant: e.Team, User: u.ID, Role: tenant.Lead}, e.Via())
	by.Entered = e.ID
	return by, true, nil
}

// WithEntered returns the teams with the one that the actor has entered as an admin, so that pages can name it.
func (a *Verbs) WithEntered(ctx context.Context, by tenant.Actor, teams []tenant.Membership) ([]tenant.Membership, error) {
	in := func(m tenant.Membership) bool { return m.Tenant.ID == by.Tenant }
	if by.Entered == "" || slices.ContainsFunc(teams, in) {
		return teams, nil
	}
	if err := by.May(tenant.ReadTeam); err != nil {
		return nil, err
	}
	var t tenant.Tenant
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { t, err = dbpeople.Across(s).Tenant(ctx, by.Tenant); return err })
	return append(teams, tenant.Membership{Tenant: t, User: by.User, Role: by.Role}), err
}
