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

// ActorFor returns u as an actor in a team: as a member, or as an admin who has entered it. NotFound if u is neither.
func (a *Verbs) ActorFor(ctx context.Context, u user.User, slug string) (by tenant.Actor, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		entered, in, err := a.enteredActor(ctx, s, u, slug)
		if by = appkernel.WithRequest(ctx, entered); err != nil || in {
			return err
		}
		m, err := dbpeople.Across(s).Membership(ctx, u.ID, slug)
		by = appkernel.WithRequest(ctx, memberActor(u, m, "login"))
		return err
	})
	return by, err
}

func memberActor(u user.User, m tenant.Membership, via string) tenant.Actor {
	return tenant.Actor{Tenant: m.Tenant.ID, Slug: m.Tenant.Slug, User: u.ID, Name: u.Name, Role: m.Role, Held: m.Role, TenantActive: m.Tenant.Active, MaxRequests: m.Tenant.MaxRequests, Admin: u.Admin, Via: via}
}

// ActorByEmail returns a member of a team as an actor, for commands.
func (a *Verbs) ActorByEmail(ctx context.Context, slug, email string) (by tenant.Actor, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		u, err := dbpeople.Across(s).UserByEmail(ctx, email)
		if err != nil {
			return err
		}
		if !u.Active {
			return fault.New(fault.Forbidden, "%s is deactivated.", u.Email)
		}
		m, err := dbpeople.Across(s).Membership(ctx, u.ID, slug)
		if err != nil {
			return err
		}
		by = appkernel.WithRequest(ctx, memberActor(u, m, "command"))
		return nil
	})
	return by, err
}
