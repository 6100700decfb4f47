package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

var (
	qErase = across(erasing, `UPDATE main.users SET email = $2, email_folded = $2, name = $3, password_hash = '', is_admin = 0, is_active = 0, time_zone = ''
		WHERE id = $1`)
	qEraseGuest  = across(erasing, `UPDATE main.invitations SET email = $2, email_folded = $2 WHERE email_folded = $1 OR used_by = $3`)
	qEraseTokens = across(erasing, `UPDATE main.api_tokens SET revoked_at = coalesce(revoked_at, $2) WHERE user_id = $1`)
	qEraseKeeper = across(erasing, `UPDATE main.repository_host_keys SET accepted_by_name = $2 WHERE accepted_by_name = $1`)
	qEraseReason = across(erasing, `UPDATE main.sessions SET reason_message = replace(reason_message, $1, $2) WHERE reason_message LIKE '%' || $1 || '%'`)
	// What an act of the person says of the person, as JSON writes it.
	qEraseTold = across(erasing, `UPDATE main.events SET data = replace(data, $2, $3) WHERE actor_id = $1`)
	qNames     = across("an audit log holds ids; whose they are is known outside of teams", `SELECT id, name FROM users WHERE id IN (`+marks(1, manyNames)+`)`)
)

// manyNames is how many names one statement reads.
const manyNames = 50

// EraseUser puts a pseudonym in place of a person wherever the person's name or address stands, and ends memberships, tokens and
// links. Ids stay, so that what was done still belongs together. as is the person afterwards.
func (s *System) EraseUser(ctx context.Context, u, as user.User, now time.Time) error {
	if err := s.Erase(ctx, Erased{Was: u, As: as, Now: now}); err != nil {
		return err
	}
	return s.must(ctx, "person", qErase, u.ID, as.Email, as.Name)
}

func eraseGuest(ctx context.Context, s *System, e Erased) error {
	if _, err := s.exec(ctx, qEraseGuest, user.Fold(e.Was.Email), e.As.Email, e.Was.ID); err != nil {
		return wrap("erase an invited person", err)
	}
	_, err := s.exec(ctx, qEraseTokens, e.Was.ID, ms(e.Now))
	return wrap("end an erased person's tokens", err)
}

func eraseKeeper(ctx context.Context, s *System, e Erased) error {
	_, err := s.exec(ctx, qEraseKeeper, e.Was.Name, e.As.Name)
	return wrap("erase who accepted a host key", err)
}

func eraseTold(ctx context.Context, s *System, e Erased) error {
	if _, err := s.exec(ctx, qEraseReason, e.Was.Name, e.As.Name); err != nil {
		return wrap("erase a name in reasons", err)
	}
	_, err := s.exec(ctx, qEraseTold, e.Was.ID, inJSON(e.Was.Name), inJSON(e.As.Name))
	return wrap("erase a name in events", err)
}

// inJSON is a text as it stands inside of a JSON string.
func inJSON(text string) string {
	b, _ := json.Marshal(text)
	return string(b[1 : len(b)-1])
}

// Names are the names of people by id; who is not there is left out.
func (s *System) Names(ctx context.Context, ids []tenant.UserID) (map[tenant.UserID]string, error) {
	out := map[tenant.UserID]string{}
	for len(ids) > 0 {
		chunk := ids[:min(len(ids), manyNames)]
		ids = ids[len(chunk):]
		_, err := collect(func(r scanner) (struct{}, error) {
			var id tenant.UserID
			var name string
			err := r.Scan(&id, &name)
			out[id] = name
			return struct{}{}, err
		})(s.query(ctx, qNames, filled(chunk, manyNames)...))
		if err != nil {
			return nil, wrap("read names", err)
		}
	}
	return out, nil
}
