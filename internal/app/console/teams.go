package console

import (
	"context"
	"strings"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Console is a page of the list of teams, with the figures of all teams.
type Console struct {
	Counts quota.TeamCounts
	Teams  []quota.Team
	More   bool
}

// ConsoleTeams returns a page of all teams with their use of this month's limits.
func (a *Verbs) ConsoleTeams(ctx context.Context, by tenant.Actor, f quota.TeamFilter) (c Console, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return c, err
	}
	f.Month, f.Query = quota.MonthOf(a.k.Clock.Now()), strings.TrimSpace(text.Clean(f.Query))
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		if c.Counts, err = dbconsole.Across(s).TeamCounts(ctx, f.Month); err != nil {
			return err
		}
		c.Teams, c.More, err = dbconsole.Across(s).ConsoleTeams(ctx, f)
		return err
	})
	return c, err
}
