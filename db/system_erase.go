package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

const erasing = "who is erased is erased in every team"

// nameColumn is where a person's name stands beside the person's id, so that it is told although the person has left.
type nameColumn struct{ table, id, name string }

// nameColumns are all of them; a test holds them against the schema. The audit logs hold no names of people.
var nameColumns = []nameColumn{
	{"sessions", "created_by", "created_by_name"}, {"events", "actor_id", "actor_name"}, {"budget_requests", "asked_by", "asked_by_name"},
	{"invitations", "invited_by", "invited_by_name"}, {"repository_hosts", "added_by", "added_by_name"}, {"entrances", "user_id", "user_name"},
}

// ofPerson are the tables whose rows are a person's alone and go; a test holds them against the schema.
var ofPerson = []string{"memberships", "logins", "reset_links", "authenticators", "recovery_codes", "passkeys", "pending_logins", "identities", "login_links", "letters", "instance_letters"}

var (
	qErase = across(erasing, `UPDATE main.users SET email = $2, email_folded = $2, name = $3, password_hash = '', is_admin = 0, is_active = 0, time_zone = ''
		WHERE id = $1`)
	qEraseGuest  = across(erasing, `UPDATE main.invitations SET email = $2, email_folded = $2 WHERE email_folded = $1 OR used_by = $3`)
	qEraseTokens = across(erasing, `UPDATE main.api_tokens SET revoked_at = coalesce(revoked_at, $2) WHERE user_id = $1`)
	qEraseKeeper = across(erasing, `UPDATE main.repository_host_keys SET accepted_by_name = $2 WHERE accepted_by_name = $1`)
	qEraseReason = across(erasing, `UPDATE main.sessions SET reason_message = replace(reason_message, $1, $2) WHERE reason_message LIKE '%' || $1 || '%'`)
	// What an act of the person says of the person, as JSON writes it.
	qEraseTold   = across(erasing, `UPDATE main.events SET data = replace(data, $2, $3) WHERE actor_id = $1`)
	qEraseNames  = eraseNames()
	qErasePerson = erasePerson()
	qNames       = across("an audit log holds ids; whose they are is known outside of teams", `SELECT id, name FROM users WHERE id IN (`+marks(1, manyNames)+`)`)
)

// manyNames is how many names one statement reads.
const manyNames = 50

func eraseNames() (qs []crossing) {
	for _, c := range nameColumns {
		qs = append(qs, across(erasing, `UPDATE main.`+c.table+` SET `+c.name+` = $2 WHERE `+c.id+` = $1`))
	}
	return qs
}

func erasePerson() (qs []crossing) {
	for _, table := range ofPerson {
		qs = append(qs, across(erasing, `DELETE FROM main.`+table+` WHERE user_id = $1`))
	}
	return qs
}

// EraseUser puts a pseudonym in place of a person wherever the person's name or address stands, and ends memberships, tokens and
// links. Ids stay, so that what was done still belongs together. as is the person afterwards.
func (s *System) EraseUser(ctx context.Context, u, as user.User, now time.Time) error {
	for _, q := range qErasePerson {
		if _, err := s.exec(ctx, q, u.ID); err != nil {
			return wrap("erase what is a person's alone", err)
		}
	}
	for _, q := range qEraseNames {
		if _, err := s.exec(ctx, q, u.ID, as.Name); err != nil {
			return wrap("erase a person's name", err)
		}
	}
	for _, step := range []struct {
		q    crossing
		args []any
	}{{qEraseKeeper, []any{u.Name, as.Name}}, {qEraseReason, []any{u.Name, as.Name}}, {qEraseTold, []any{u.ID, inJSON(u.Name), inJSON(as.Name)}},
		{qEraseGuest, []any{user.Fold(u.Email), as.Email, u.ID}}, {qEraseTokens, []any{u.ID, ms(now)}}} {
		if _, err := s.exec(ctx, step.q, step.args...); err != nil {
			return wrap("erase a person", err)
		}
	}
	return s.must(ctx, "person", qErase, u.ID, as.Email, as.Name)
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
