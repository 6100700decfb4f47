package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// The user who reads pages, and the user's team.
const (
	address  = "lead@example.org"
	password = "correct horse battery"
	slug     = "team-0"
)

// atOnce is the limit of concurrent sessions. It equals the number of running sessions, so that a dispatcher starts no others.
const atOnce = 5

// field is a database with the same number of sessions in each team.
type field struct {
	path, dir   string // dir is the data directory, if there is one
	teams, each int
	// middle is the session in the middle of the list of the user's team.
	middle string
}

// seed creates a field: sessions of one year, the newest of which are running, queued or paused, with all counters, search terms and
// totals that the product would have stored.
func seed(b *testing.B, teams, each int) field {
	b.Helper()
	f := field{path: dbtest.File(b), teams: teams, each: each}
	people(b, f)
	c, err := sql.Open("sqlite", "file:"+f.path)
	check(b, err)
	defer func() { check(b, c.Close()) }()
	c.SetMaxOpenConns(1)
	run(b, c, `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY`)
	run(b, c, `CREATE TEMP TABLE k (i INTEGER PRIMARY KEY)`)
	run(b, c, `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 1) INSERT INTO k SELECT i FROM n`, each)
	withoutIndexes(b, c, "sessions", func() { run(b, c, sowSessions, each, time.Now().UnixMilli()) })
	for _, text := range sowRest {
		run(b, c, text)
	}
	check(b, c.QueryRow(`SELECT s.id FROM sessions s JOIN tenants t ON t.id = s.tenant_id WHERE t.slug = $1 ORDER BY s.id LIMIT 1 OFFSET $2`, slug, each/2).Scan(&f.middle))
	run(b, c, `PRAGMA journal_mode = WAL`)
	return f
}

// aMillion is the field with a million sessions in one team, which is created once.
var aMillion struct {
	sync.Once
	field
}

// million returns a data directory with a million sessions of one team.
func million(b *testing.B) field {
	b.Helper()
	aMillion.Do(func() {
		f := seed(b, 1, 1_000_000)
		from := f.path
		f.dir = filepath.Join(scratch, "million")
		f.path = filepath.Join(f.dir, "data", "db", "orchestrator.db")
		check(b, os.MkdirAll(filepath.Dir(f.path), 0o700))
		check(b, os.Rename(from, f.path))
		aMillion.field = f
	})
	return aMillion.field
}

// people creates the teams, and the only user in the first one.
func people(b *testing.B, f field) {
	b.Helper()
	hash, err := user.HashPassword(password)
	check(b, err)
	d, err := db.Open(b.Context(), dbkernel.Options{Path: f.path})
	check(b, err)
	u := user.User{ID: tenant.UserID(id.New()), Email: address, Name: "Lead", PasswordHash: hash, Active: true, Theme: "system", CreatedAt: dbtest.Now}
	check(b, d.System(b.Context(), func(s *dbkernel.System) error { return settle(b.Context(), s, u, f.teams) }))
	check(b, d.Close())
}

func settle(ctx context.Context, s *dbkernel.System, u user.User, teams int) error {
	if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil {
		return err
	}
	for i := range teams {
		t := tenant.Tenant{ID: tenant.ID(id.New()), Slug: fmt.Sprintf("team-%d", i), Name: fmt.Sprintf("Team %d", i), Active: true, CreatedAt: dbtest.Now,
			MaxConcurrentSessions: atOnce, MaxQueuedSessions: tenant.DefaultMaxQueuedSessions}
		if err := dbpeople.Across(s).CreateTenant(ctx, t); err != nil {
			return err
		}
		if i > 0 {
			continue
		}
		if err := dbpeople.Across(s).PutMember(ctx, t.ID, u.ID, tenant.Lead, dbtest.Now); err != nil {
			return err
		}
	}
	return nil
}

// sowSessions spreads a team's sessions over the last year. The newest 5 are running, the next 200 queued and the next 50 paused, or
// fewer for small teams. The running ones are leased to a server that does not exist.
const sowSessions = `
WITH stood AS (
  SELECT t.id AS tenant, k.i AS i, $2 - ($1 - k.i) * (365 * 86400000 / $1) AS at,
    CASE WHEN k.i >= $1 - min(5, $1 / 10) THEN 'running'
      WHEN k.i >= $1 - min(205, $1 / 5) THEN 'queued'
      WHEN k.i >= $1 - min(255, $1 / 4) THEN 'paused'
      WHEN k.i % 100 < 2 THEN 'pending' WHEN k.i % 100 < 7 THEN 'partially_completed' WHEN k.i % 100 < 15 THEN 'failed'
      WHEN k.i % 100 < 17 THEN 'timeout' WHEN k.i % 100 < 19 THEN 'stopped' WHEN k.i % 100 < 21 THEN 'cancelled'
      WHEN k.i % 100 < 22 THEN 'orphaned' ELSE 'completed' END AS status
  FROM tenants t CROSS JOIN k)
INSERT INTO sessions (tenant_id, id, title, session_type, priority, status, status_at, waiting_for, model, agent, prompt, max_duration_ms, tags, created_by,
  created_by_name, attempt, ran_ms, ran_since, tokens_input, tokens_output, tokens_cache_read, cost_microusd, doing, files_changed, additions, deletions,
  created_at, queued_at, queue_key, started_at, ended_at, lease_owner, lease_until)
SELECT tenant, substr(printf('%012x', at), 1, 8) || '-' || substr(printf('%012x', at), 9) || printf('-7%03x-8%03x-%012x', i / 65536, i % 4096, i),
  'Repair ' || CASE WHEN i % 10000 = 77 THEN 'zebra' ELSE 'module' || (i % 50) END, 'coding', 1, status, at, CASE WHEN status = 'running' AND i % 2 = 0 THEN 'approval' ELSE '' END,
  'models/small', 'build', 'Repair what is broken in it, and run the tests.', 3600000, '[]', '', 'Lead', status <> 'pending',
  CASE WHEN status = 'pending' OR status = 'queued' THEN 0 ELSE 600000 END, CASE WHEN status = 'running' THEN at END,
  i % 9000, i % 700, i % 50000, i % 90000, CASE WHEN status = 'running' THEN 'bash: go test ./...' ELSE '' END, i % 9, i % 400, i % 90,
  at, CASE WHEN status <> 'pending' THEN at END, CASE WHEN status <> 'pending' THEN at + 600000 END,
  CASE WHEN status NOT IN ('pending', 'queued') THEN at END, CASE WHEN status NOT IN ('pending', 'queued', 'running', 'paused') THEN min($2, at + 600000) END,
  CASE WHEN status = 'running' THEN 'elsewhere/1' ELSE '' END, CASE WHEN status = 'running' THEN $2 + 86400000 END
FROM stood`

// sowRest writes the data that the product stores in addition to sessions.
var sowRest = []string{
	`INSERT INTO session_terms SELECT tenant_id, term, id FROM (
		SELECT tenant_id, 'repair' AS term, id FROM sessions UNION ALL SELECT tenant_id, substr(title, 8), id FROM sessions
		UNION ALL SELECT tenant_id, id, id FROM sessions UNION ALL SELECT tenant_id, substr(id, 29), id FROM sessions) ORDER BY tenant_id, term, id`,
	`INSERT INTO asks (tenant_id, id, session_id, source_id, kind, permission, patterns, always, metadata, questions, attempt, asked_at)
		SELECT tenant_id, id, id, 'per_1', 'approval', 'bash', '["go test ./..."]', '[]', '{}', '[]', attempt, status_at FROM sessions WHERE waiting_for <> ''`,
	`UPDATE session_counts AS c SET n = (SELECT count(*) FROM sessions s WHERE s.tenant_id = c.tenant_id AND s.status = c.status AND s.deleted_at IS NULL)`,
	`UPDATE lanes AS l SET (ready, running) = (SELECT sum(n) FILTER (WHERE status = 'queued'), sum(n) FILTER (WHERE status IN ('running', 'degraded'))
		FROM session_counts c WHERE c.tenant_id = l.tenant_id)`,
	`INSERT INTO tenant_changes SELECT tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY id), id, 'created', created_at FROM sessions`,
	`UPDATE lanes AS l SET change_n = (SELECT coalesce(max(n), 0) FROM tenant_changes c WHERE c.tenant_id = l.tenant_id)`,
	`INSERT INTO usage_days SELECT tenant_id, strftime('%Y-%m-%d', created_at / 1000, 'unixepoch') AS day, model, count(*), sum(tokens_input), sum(tokens_output), 0,
		sum(tokens_cache_read), 0, 0, sum(cost_microusd) FROM sessions WHERE attempt > 0 GROUP BY tenant_id, day, model`,
}

// withoutIndexes runs fn, which fills a table, before the indexes are created, which is several times faster.
func withoutIndexes(b *testing.B, c *sql.DB, table string, fn func()) {
	b.Helper()
	rows, err := c.Query(`SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL`, table)
	check(b, err)
	made := map[string]string{}
	for rows.Next() {
		var name, text string
		check(b, rows.Scan(&name, &text))
		made[name] = text
	}
	check(b, rows.Err())
	for name := range made {
		run(b, c, `DROP INDEX `+name)
	}
	fn()
	for _, text := range made {
		run(b, c, text)
	}
}

func run(b *testing.B, c *sql.DB, text string, args ...any) {
	b.Helper()
	if _, err := c.Exec(text, args...); err != nil {
		b.Fatalf("%.60s: %v", text, err)
	}
}

func check(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
