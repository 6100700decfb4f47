package app

import (
	"context"
	"strings"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// AdminActor is who u is outside of every team, for verbs of the instance; one who is no admin may do none of them.
func AdminActor(ctx context.Context, u user.User) tenant.Actor {
	return from(ctx, tenant.Actor{User: u.ID, Name: u.Name, Admin: u.Admin && u.Active, Via: "login"})
}

// Console is a page of the list of teams with the figures over all of them.
type Console struct {
	Counts quota.TeamCounts
	Teams  []quota.Team
	More   bool
}

// ConsoleTeams reads a page of all teams with what each uses of its limits this month.
func (a *App) ConsoleTeams(ctx context.Context, by tenant.Actor, f quota.TeamFilter) (c Console, err error) {
	if err := mayOperate(by); err != nil {
		return c, err
	}
	f.Month, f.Query = quota.MonthOf(a.clock.Now()), strings.TrimSpace(text.Clean(f.Query))
	err = a.db.SystemView(ctx, func(s *dbkernel.System) error {
		if c.Counts, err = dbconsole.Across(s).TeamCounts(ctx, f.Month); err != nil {
			return err
		}
		c.Teams, c.More, err = dbconsole.Across(s).ConsoleTeams(ctx, f)
		return err
	})
	return c, err
}
