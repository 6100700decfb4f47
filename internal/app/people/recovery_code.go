package people

import (
	"context"
	"encoding/hex"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// recoveryHash returns the stored form of a recovery code. It is keyed, so that the database alone is not enough to guess the code.
func (a *Verbs) recoveryHash(u tenant.UserID, folded string) string {
	return hex.EncodeToString(a.k.Keys.HMAC("recovery code", []byte(string(u)+" "+folded)))
}

func (a *Verbs) putRecoveryCodes(ctx context.Context, s *dbkernel.System, u tenant.UserID) ([]string, error) {
	codes := factor.NewRecoveryCodes()
	hashes := make([]string, len(codes))
	for i, c := range codes {
		hashes[i] = a.recoveryHash(u, factor.FoldRecovery(c))
	}
	return codes, dbpeople.Across(s).PutRecoveryCodes(ctx, u, hashes)
}

// RenewRecoveryCodes creates ten new recovery codes, which are shown once. The earlier ones stop working.
func (a *Verbs) RenewRecoveryCodes(ctx context.Context, u user.User, l user.Login, password string) (codes []string, err error) {
	if err := a.confirmPerson(ctx, u, l, password); err != nil {
		return nil, err
	}
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		f, err := readFactors(ctx, s, u.ID)
		if err == nil && !f.On() {
			err = fault.New(fault.Conflict, "Recovery codes are a backup for a second factor, and you have not added one yet.")
		}
		if err != nil {
			return err
		}
		if codes, err = a.putRecoveryCodes(ctx, s, u.ID); err != nil {
			return err
		}
		return a.k.AuditPerson(ctx, s, u, "renew_recovery_codes", string(u.ID), "")
	})
	return codes, err
}
