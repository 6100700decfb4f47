package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
)

// keepInvitations is how long a team still sees an expired invitation.
const keepInvitations = 30 * 24 * time.Hour

// DeleteExpired deletes expired cookies, logins, failure counters, links, idempotency keys and old invitations.
func (a *Verbs) DeleteExpired(ctx context.Context) error {
	now := a.k.Clock.Now()
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).DeleteExpired(ctx, now); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DropResetLinks(ctx, now); err != nil {
			return err
		}
		if err := dbpeople.Across(s).DropLoginLinks(ctx, now); err != nil {
			return err
		}
		if err := s.DropKeys(ctx, now.Add(-appkernel.KeepKeys)); err != nil {
			return err
		}
		return dbpeople.Across(s).DropInvitations(ctx, now.Add(-keepInvitations))
	})
}
