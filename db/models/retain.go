package models

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

var (
	qForgetStop = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.budget_stops WHERE tenant_id = $1 AND session_id = $2`)
	qForgetHold = area.CrossTenant(dbkernel.ReasonRetention, `DELETE FROM main.reservations WHERE tenant_id = $1 AND session_id = $2`)
	qForgetKeys = area.CrossTenant(dbkernel.ReasonRetention, `UPDATE main.providers SET api_key = '' WHERE deleted_at < $1 AND api_key <> ''`)
)

// DropKeys deletes the keys of model providers that were deleted before a time.
func (s System) DropKeys(ctx context.Context, deletedBefore time.Time) error {
	_, err := s.System.Exec(ctx, qForgetKeys, dbkernel.Millis(deletedBefore))
	return dbkernel.Wrap("drop keys", err)
}

// DropReservations deletes the reservations and the budget stop of a session.
func (s System) DropReservations(ctx context.Context, r dbkernel.SessionRef) error {
	for _, q := range []dbkernel.CrossTenantStmt{qForgetStop, qForgetHold} {
		if _, err := s.System.Exec(ctx, q, r.Tenant, r.ID); err != nil {
			return dbkernel.Wrap("delete reservations of a session", err)
		}
	}
	return nil
}
