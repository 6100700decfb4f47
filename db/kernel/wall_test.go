package kernel_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// twoTeams makes teams a and b with a few rows each.
func twoTeams(t *testing.T, d *dbkernel.DB) {
	t.Helper()
	ctx := t.Context()
	for _, team := range []string{"a", "b"} {
		if err := d.System(ctx, func(s *dbkernel.System) error { return s.PutTestTenant(ctx, team) }); err != nil {
			t.Fatal(err)
		}
		err := d.Update(ctx, tenant.ID(team), func(s *dbkernel.Scope) error {
			return errors.Join(dbkernel.PutBlob(ctx, s, team+"1", "secret of "+team), dbkernel.PutBlob(ctx, s, team+"2", "secret of "+team))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// rowsOf reads all stored rows without walls.
func rowsOf(t *testing.T, d *dbkernel.DB) []string {
	t.Helper()
	var out []string
	err := d.SystemView(t.Context(), func(s *dbkernel.System) (err error) {
		out, err = dbkernel.ReadCrossing(t.Context(), s, `SELECT tenant_id || ' ' || address || ' ' || body FROM model_blobs ORDER BY 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// attack is a statement that a careless or hostile author runs in the scope of team a. Nothing of b may come out or change.
type attack struct {
	name, text, table string
	// sqlite and postgres are what must happen: "refused", or "own" when only a's rows are seen or touched, or "none".
	sqlite, postgres string
}

var reads = []attack{
	{name: "SELECT that names no tenant", text: `SELECT address FROM model_blobs ORDER BY 1`, sqlite: "own", postgres: "own"},
	{name: "SELECT of another tenant by id", text: `SELECT address FROM model_blobs WHERE tenant_id = 'b'`, sqlite: "none", postgres: "none"},
	{name: "main past the view", text: `SELECT address FROM main.model_blobs ORDER BY 1`, sqlite: "refused", postgres: "own"},
	{name: "comma join with main", text: `SELECT m.address FROM (SELECT 1) x, main.model_blobs m ORDER BY 1`, sqlite: "refused", postgres: "own"},
	{name: "quoted main", text: `SELECT address FROM "main".model_blobs ORDER BY 1`, sqlite: "refused", postgres: "own"},
	{name: "subquery named like the view", text: `WITH model_blobs AS (SELECT * FROM main.model_blobs) SELECT address FROM model_blobs ORDER BY 1`, sqlite: "refused", postgres: "own"},
	{name: "EXISTS on main", text: `SELECT 'x' WHERE EXISTS (SELECT 1 FROM main.model_blobs WHERE tenant_id = 'b')`, sqlite: "refused", postgres: "none"},
	{name: "count of main", text: `SELECT count(*) FROM main.model_blobs WHERE tenant_id = 'b' HAVING count(*) > 0`, sqlite: "refused", postgres: "none"},
	{name: "password hashes", text: `SELECT password_hash FROM users`, sqlite: "refused", postgres: "refused"},
	{name: "cookies", text: `SELECT token_hash FROM main.cookies`, sqlite: "refused", postgres: "refused"},
	{name: "other teams' names", text: `SELECT name FROM main.tenants`, sqlite: "refused", postgres: "refused"},
	{name: "walls' own names", text: `SELECT name FROM sqlite_temp_schema`, sqlite: "refused", postgres: "refused"},
	{name: "schema", text: `SELECT sql FROM sqlite_schema`, sqlite: "refused", postgres: "refused"},
	{name: "PRAGMA as a table", text: `SELECT name FROM pragma_table_info('users')`, sqlite: "refused", postgres: "refused"},
}

var writes = []attack{
	{name: "UPDATE that names no tenant", table: "model_blobs", text: `UPDATE main.model_blobs SET body = 'changed'`, sqlite: "refused", postgres: "own"},
	{name: "UPDATE of another tenant", table: "model_blobs", text: `UPDATE main.model_blobs SET body = 'changed' WHERE tenant_id = 'b'`, sqlite: "refused", postgres: "none"},
	{name: "UPDATE that gives rows away", table: "model_blobs", text: `UPDATE main.model_blobs SET tenant_id = 'b', address = 'x' WHERE address = 'a1'`, sqlite: "refused", postgres: "refused"},
	{name: "UPDATE that takes rows", table: "model_blobs", text: `UPDATE main.model_blobs SET tenant_id = 'a' WHERE tenant_id = 'b'`, sqlite: "refused", postgres: "none"},
	{name: "DELETE that names no tenant", table: "model_blobs", text: `DELETE FROM main.model_blobs`, sqlite: "refused", postgres: "own"},
	{name: "DELETE of another tenant", table: "model_blobs", text: `DELETE FROM main.model_blobs WHERE tenant_id = 'b'`, sqlite: "refused", postgres: "none"},
	{name: "INSERT for another tenant", table: "model_blobs", text: `INSERT INTO main.model_blobs VALUES ('b', 'b9', 'planted', 1)`, sqlite: "refused", postgres: "refused"},
	{name: "UPSERT on another tenant's id", table: "model_blobs", text: `INSERT INTO main.model_blobs VALUES ('b', 'b1', 'planted', 1)
		ON CONFLICT (tenant_id, address) DO UPDATE SET body = excluded.body`, sqlite: "refused", postgres: "refused"},
	{name: "UPSERT that does nothing", table: "model_blobs", text: `INSERT INTO main.model_blobs VALUES ('b', 'b1', 'planted', 1) ON CONFLICT DO NOTHING`, sqlite: "refused", postgres: "refused"},
	{name: "INSERT OR REPLACE", table: "model_blobs", text: `INSERT OR REPLACE INTO main.model_blobs VALUES ('b', 'b1', 'planted', 1)`, sqlite: "refused", postgres: "refused"},
	{name: "UPDATE OR REPLACE onto another tenant's row", table: "model_blobs", text: `UPDATE OR REPLACE main.model_blobs SET tenant_id = 'b', address = 'b1' WHERE address = 'a1'`, sqlite: "refused", postgres: "refused"},
	{name: "copy from a table that the statement does not write", table: "settings", text: `INSERT INTO main.settings SELECT address, body FROM main.model_blobs`, sqlite: "refused", postgres: "refused"},
	{name: "write of an instance table", table: "users", text: `UPDATE main.users SET is_admin = 1`, sqlite: "refused", postgres: "refused"},
	{name: "write of a table that was not aimed at", table: "audit", text: `UPDATE main.model_blobs SET body = 'changed' WHERE tenant_id = 'a'`, sqlite: "refused", postgres: "own"},
	{name: "scope change by UPDATE", table: "scope", text: `UPDATE temp.scope SET tenant = 'b'`, sqlite: "refused", postgres: "refused"},
	{name: "scope change by INSERT", table: "scope", text: `INSERT INTO temp.scope VALUES ('b')`, sqlite: "refused", postgres: "refused"},
	{name: "scope change by DELETE", table: "scope", text: `DELETE FROM temp.scope`, sqlite: "refused", postgres: "refused"},
	{name: "DROP VIEW", text: `DROP VIEW model_blobs`, sqlite: "refused", postgres: "refused"},
	{name: "DROP TABLE", text: `DROP TABLE main.model_blobs`, sqlite: "refused", postgres: "refused"},
	{name: "ALTER TABLE", text: `ALTER TABLE main.model_blobs DISABLE ROW LEVEL SECURITY`, sqlite: "refused", postgres: "refused"},
	{name: "DROP POLICY", text: `DROP POLICY tenant ON main.model_blobs`, sqlite: "refused", postgres: "refused"},
	{name: "CREATE VIEW", text: `CREATE TEMP VIEW v AS SELECT * FROM main.model_blobs`, sqlite: "refused", postgres: "own"},
	{name: "CREATE TRIGGER", text: `CREATE TEMP TRIGGER x AFTER UPDATE ON main.model_blobs BEGIN UPDATE model_blobs SET body = 'x'; END`, sqlite: "refused", postgres: "refused"},
	{name: "ATTACH", text: `ATTACH 'other.db' AS other`, sqlite: "refused", postgres: "refused"},
	{name: "PRAGMA", text: `PRAGMA recursive_triggers = 0`, sqlite: "refused", postgres: "refused"},
	{name: "PRAGMA writable_schema", text: `PRAGMA writable_schema = 1`, sqlite: "refused", postgres: "refused"},
	{name: "COMMIT inside", text: `SAVEPOINT x`, sqlite: "refused", postgres: "own"},
	{name: "VACUUM INTO", text: `VACUUM INTO 'copy.db'`, sqlite: "refused", postgres: "refused"},
}

func (a attack) want(d *dbkernel.DB) string {
	if d.Postgres() {
		return a.postgres
	}
	return a.sqlite
}

func (a attack) judge(t *testing.T, d *dbkernel.DB, got []string, err error) {
	t.Helper()
	switch want := a.want(d); {
	case want == "refused" && err == nil:
		t.Errorf("%s: was not refused and gave %v", a.name, got)
	case want != "refused" && err != nil:
		t.Errorf("%s: %v", a.name, err)
	case want == "own" && a.table == "" && strings.HasPrefix(a.text, "SELECT") && !slices.Equal(got, []string{"a1", "a2"}):
		t.Errorf("%s: saw %v", a.name, got)
	case want == "none" && len(got) > 0:
		t.Errorf("%s: saw %v", a.name, got)
	}
	for _, g := range got {
		if strings.Contains(g, "b") {
			t.Errorf("%s: saw %q of team b", a.name, g)
		}
	}
}

func TestAttacksThatRead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		doors := map[string]func(context.Context, tenant.ID, func(*dbkernel.Scope) error) error{"view": d.View, "update": d.Update}
		for _, a := range reads {
			for door, open := range doors {
				var got []string
				err := open(t.Context(), "a", func(s *dbkernel.Scope) (err error) {
					got, err = dbkernel.Read(t.Context(), s, a.text)
					return err
				})
				t.Run(door, func(t *testing.T) { a.judge(t, d, got, err) })
			}
		}
	})
}

func TestAttacksThatWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ofB := func() (out []string) {
			for _, r := range rowsOf(t, d) {
				if strings.HasPrefix(r, "b ") {
					out = append(out, r)
				}
			}
			return out
		}
		before := ofB()
		for _, a := range writes {
			_, err := writeThenLeave(t.Context(), d, a)
			a.judge(t, d, nil, err)
			if after := ofB(); !slices.Equal(before, after) {
				t.Fatalf("%s: team b's rows were\n%v and are\n%v", a.name, before, after)
			}
		}
		if got := rowsOf(t, d); len(got) != 4 {
			t.Errorf("rows after the attacks: %v", got)
		}
	})
}

var errLeave = errors.New("leave without a commit")

// writeThenLeave runs an attack and commits it when it touches nobody's rows by design; own rows are rolled back to be attacked again.
func writeThenLeave(ctx context.Context, d *dbkernel.DB, a attack) (n int64, err error) {
	out := d.Update(ctx, "a", func(s *dbkernel.Scope) error {
		if n, err = dbkernel.Write(ctx, s, a.table, a.text); err == nil && a.want(d) == "own" {
			return errLeave
		}
		return err
	})
	if errors.Is(out, errLeave) {
		return n, nil
	}
	return n, out
}

func TestScopeDoesNotOutliveItsDoor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		ctx := t.Context()
		var kept *dbkernel.Scope
		if err := d.View(ctx, "a", func(s *dbkernel.Scope) error { kept = s; return nil }); err != nil {
			t.Fatal(err)
		}
		if got, err := dbkernel.Blobs(ctx, kept); err == nil {
			t.Errorf("a kept scope still reads %v", got)
		}
		if got, err := dbkernel.Blobs(ctx, &dbkernel.Scope{}); err == nil {
			t.Errorf("the zero scope reads %v", got)
		}
		for _, open := range []func(context.Context, tenant.ID, func(*dbkernel.Scope) error) error{d.View, d.Update} {
			if err := open(ctx, "", func(*dbkernel.Scope) error { return nil }); err == nil {
				t.Error("an empty tenant was let in")
			}
		}
		got, err := dbkernel.Unscoped(ctx, d, `SELECT address FROM model_blobs`)
		if len(got) > 0 || d.Postgres() != (err != nil) {
			t.Errorf("a connection without a scope reads %v, %v", got, err)
		}
	})
}

func TestUnknownTenantSeesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		twoTeams(t, d)
		err := d.View(t.Context(), "nobody", func(s *dbkernel.Scope) error {
			got, err := dbkernel.Read(t.Context(), s, `SELECT address FROM model_blobs`)
			if len(got) > 0 {
				t.Errorf("saw %v", got)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestReplaceOnAGlobalUniqueIsStopped(t *testing.T) {
	t.Parallel()
	path := dbtest.File(t)
	plain := dbkernel.Plain(path)
	// No table of ours has a UNIQUE across tenants; should one ever get it, REPLACE must not delete through it.
	if _, err := plain.Exec(`CREATE TABLE tags (tenant_id TEXT NOT NULL, name TEXT UNIQUE); INSERT INTO tags VALUES ('b', 'x')`); err != nil {
		t.Fatal(err)
	}
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	d := dbtest.Reopen(t, path)
	err := d.Update(t.Context(), "a", func(s *dbkernel.Scope) error {
		_, err := dbkernel.Write(t.Context(), s, "tags", `INSERT OR REPLACE INTO main.tags VALUES ('a', 'x')`)
		return err
	})
	if err == nil {
		t.Error("REPLACE took another tenant's row")
	}
}

func TestViewsKeepTheIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	twoTeams(t, d)
	for text, want := range map[string]string{
		`SELECT seq FROM events WHERE tenant_id = $1 AND session_id = 's' AND seq > 0 ORDER BY seq LIMIT 10`:                               "(tenant_id=? AND session_id=? AND seq>?)",
		`SELECT id FROM sessions WHERE tenant_id = $1 AND deleted_at IS NULL AND id < 's' ORDER BY id DESC LIMIT 50`:                       "sessions_page (tenant_id=? AND id<?)",
		`SELECT id FROM sessions WHERE tenant_id = $1 AND deleted_at IS NULL AND status = 'failed' AND id < 's' ORDER BY id DESC LIMIT 50`: "sessions_by_status (tenant_id=? AND status=? AND id<?)",
		`SELECT id FROM sessions WHERE tenant_id = $1 AND conversation = 'c' AND status IN ('running', 'degraded') ORDER BY id LIMIT 1`:    "sessions_active (tenant_id=? AND conversation=?)",
		`SELECT term FROM session_terms WHERE tenant_id = $1 AND session_id = 's' AND term >= 'a' AND term < 'b'`:                          "session_terms_by_session (tenant_id=? AND session_id=? AND term>? AND term<?)",
		`SELECT count(*) FROM sessions WHERE tenant_id = $1 AND ended_at >= 5 AND deleted_at IS NULL`:                                      "sessions_by_tenant_end (tenant_id=? AND ended_at>?)",
		`SELECT id FROM sessions WHERE tenant_id = $1 AND status = 'queued' AND deleted_at IS NULL ORDER BY queue_key, id LIMIT 1`:         "sessions_queue (tenant_id=?)",
		`SELECT n FROM tenant_changes WHERE tenant_id = $1 AND n > 5 ORDER BY n LIMIT 10`:                                                  "(tenant_id=? AND n>?)",
	} {
		err := d.View(t.Context(), "a", func(s *dbkernel.Scope) error {
			got, err := dbkernel.ReadPlan(t.Context(), s, text, "a")
			plan := strings.Join(got, "\n")
			if !strings.Contains(plan, want) || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\nis run by\n%s", text, plan)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
