package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
)

func (h *house) postgres() bool { return strings.Contains(h.t.Name(), "/postgres") }

// again is a fresh house on the same engine.
func (h *house) again(t *testing.T) *house {
	t.Helper()
	c := clock.NewFake(dbtest.Now)
	if h.postgres() {
		return build(t, dbtest.Postgres(t, c), c)
	}
	return build(t, dbtest.Open(t, c), c)
}

// stopAudit makes the database refuse every further entry, until allow.
func (h *house) stopAudit() (allow func()) {
	h.t.Helper()
	tables := []string{"audit", "instance_audit"}
	if !h.postgres() {
		for _, table := range tables {
			dbtest.Exec(h.t, h.d, `CREATE TRIGGER stop_`+table+` BEFORE INSERT ON `+table+` BEGIN SELECT RAISE(ABORT, 'stopped'); END`)
		}
		return func() {
			for _, table := range tables {
				dbtest.Exec(h.t, h.d, `DROP TRIGGER stop_`+table)
			}
		}
	}
	dbtest.Exec(h.t, h.d, `CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stopped''; END'`)
	for _, table := range tables {
		dbtest.Exec(h.t, h.d, `CREATE TRIGGER stop BEFORE INSERT ON `+table+` EXECUTE FUNCTION stop()`)
	}
	return func() { dbtest.Exec(h.t, h.d, `DROP FUNCTION stop() CASCADE`) }
}

// everything is what verbs change, as it is stored.
func (h *house) everything() (all []string) {
	h.t.Helper()
	for _, q := range []string{
		`SELECT user_id || secret || last_step || coalesce(confirmed_at, 0) FROM authenticators ORDER BY 1`, `SELECT user_id || hash FROM recovery_codes ORDER BY 1`,
		`SELECT id || credential || coalesce(refused_at, 0) FROM passkeys ORDER BY 1`, `SELECT id FROM pending_logins ORDER BY 1`,
		`SELECT id || status || version || coalesce(deleted_at, 0) FROM sessions ORDER BY id`, `SELECT session_id || seq FROM events ORDER BY 1`,
		`SELECT id || text FROM session_messages ORDER BY id`, `SELECT id || reply FROM asks ORDER BY id`, `SELECT tenant_id || ready || ' ' || running || ' ' || change_n FROM lanes ORDER BY 1`,
		`SELECT id || api_key || coalesce(deleted_at, 0) FROM providers ORDER BY id`, `SELECT provider_id || id || valid_from FROM provider_models ORDER BY 1`,
		`SELECT id || default_branch || status || coalesce(deleted_at, 0) FROM repositories ORDER BY id`, `SELECT id || coalesce(revoked_at, 0) FROM api_tokens ORDER BY id`,
		`SELECT tenant_id || user_id || role || origin FROM memberships ORDER BY 1`, `SELECT id || name || password_hash || is_active || is_admin || theme FROM users ORDER BY id`,
		`SELECT id || slug || name || is_active FROM tenants ORDER BY id`, `SELECT id FROM logins ORDER BY id`, `SELECT name || value FROM settings ORDER BY 1`,
		`SELECT token_hash || coalesce(used_at, 0) FROM setup_links ORDER BY 1`, `SELECT id || coalesce(used_at, 0) || coalesce(revoked_at, 0) FROM invitations ORDER BY id`,
		`SELECT token_hash FROM reset_links ORDER BY 1`, `SELECT token_hash FROM login_links ORDER BY 1`, `SELECT issuer || subject || user_id FROM identities ORDER BY 1`, `SELECT repository_id || host FROM repository_hosts ORDER BY 1`,
		`SELECT repository_id || key || offered FROM repository_host_keys ORDER BY 1`, `SELECT session_id || number || state || draft FROM pull_requests ORDER BY 1`, `SELECT repository_id || kind || api || project || token || hook FROM repository_forges ORDER BY 1`,
	} {
		all = append(all, dbtest.Rows(h.t, h.d, q)...)
	}
	return all
}

// holdsNoSecret looks for the canary in every column of both logs.
func (h *house) holdsNoSecret() {
	h.t.Helper()
	const columns = `SELECT actor_name || via || verb || object_id || detail || peer || request || was || became FROM `
	for _, row := range append(dbtest.Rows(h.t, h.d, columns+`audit`), dbtest.Rows(h.t, h.d, columns+`instance_audit`)...) {
		if strings.Contains(row, "canary") || strings.Contains(row, "sk-") {
			h.t.Errorf("an entry holds a secret: %s", row)
		}
	}
}

// entries are the ids and verbs of both logs.
func (h *house) entries() map[string]string {
	all := map[string]string{}
	for _, q := range []string{`SELECT id || ' ' || verb FROM audit`, `SELECT id || ' instance:' || verb FROM instance_audit`} {
		for _, row := range dbtest.Rows(h.t, h.d, q) {
			id, verb, _ := strings.Cut(row, " ")
			all[id] = verb
		}
	}
	return all
}

func (h *house) newEntries(before map[string]string) []string {
	verbs := []string{}
	for id, verb := range h.entries() {
		if before[id] == "" {
			verbs = append(verbs, verb)
		}
	}
	slices.Sort(verbs)
	return verbs
}
