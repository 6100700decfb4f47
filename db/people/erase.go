package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

var (
	qErase = area.CrossTenant(dbkernel.ReasonErasure, `UPDATE main.users SET email = $2, email_folded = $2, name = $3, password_hash = '', is_admin = 0, is_active = 0, time_zone = ''
		WHERE id = $1`)
	qEraseInvited = area.CrossTenant(dbkernel.ReasonErasure, `UPDATE main.invitations SET email = $2, email_folded = $2 WHERE email_folded = $1 OR used_by = $3`)
	qEraseTokens  = area.CrossTenant(dbkernel.ReasonErasure, `UPDATE main.api_tokens SET revoked_at = coalesce(revoked_at, $2) WHERE user_id = $1`)
	qNames        = area.CrossTenant("an audit log has ids of people, whose names belong to the instance", `SELECT id, name FROM users WHERE id IN (`+dbkernel.Placeholders(1, manyNames)+`)`)
)

// manyNames is the number of names that one statement reads.
const manyNames = 50

// EraseUser replaces the name and the e-mail address of u with those of as in every area, deletes the person's own rows, and revokes
// API tokens. The id stays, so that the person's sessions and audit entries still belong together.
func (s System) EraseUser(ctx context.Context, u, as user.User, now time.Time) error {
	if err := s.System.Erase(ctx, dbkernel.Erased{Was: u, As: as, Now: now}); err != nil {
		return err
	}
	return s.System.ExecOne(ctx, "person", qErase, u.ID, as.Email, as.Name)
}

func eraseInvited(ctx context.Context, s *dbkernel.System, e dbkernel.Erased) error {
	if _, err := s.Exec(ctx, qEraseInvited, user.Fold(e.Was.Email), e.As.Email, e.Was.ID); err != nil {
		return dbkernel.Wrap("erase invitations", err)
	}
	_, err := s.Exec(ctx, qEraseTokens, e.Was.ID, dbkernel.Millis(e.Now))
	return dbkernel.Wrap("revoke tokens of an erased person", err)
}

// Names reads the names of people, by id; it leaves out ids that do not exist.
func (s System) Names(ctx context.Context, ids []tenant.UserID) (map[tenant.UserID]string, error) {
	out := map[tenant.UserID]string{}
	for len(ids) > 0 {
		chunk := ids[:min(len(ids), manyNames)]
		ids = ids[len(chunk):]
		_, err := dbkernel.Collect(func(r dbkernel.Scanner) (struct{}, error) {
			var id tenant.UserID
			var name string
			err := r.Scan(&id, &name)
			out[id] = name
			return struct{}{}, err
		})(s.System.Query(ctx, qNames, dbkernel.Padded(chunk, manyNames)...))
		if err != nil {
			return nil, dbkernel.Wrap("read names", err)
		}
	}
	return out, nil
}
