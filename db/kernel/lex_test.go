package kernel_test

import (
	"testing"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

func TestTarget(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`SELECT id FROM sessions WHERE tenant_id = $1`:                                                                "",
		`INSERT INTO main.sessions (tenant_id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET a = excluded.a RETURNING b`: "sessions",
		`UPDATE main.sessions SET a = 'main.x' WHERE tenant_id = $1`:                                                  "sessions",
		`DELETE FROM main.sessions WHERE id IN (SELECT id FROM sessions WHERE a <> '')`:                               "sessions",
		`WITH x AS (SELECT 1) UPDATE main.lanes SET n = n + 1`:                                                        "lanes",
		`SELECT id FROM lanes FOR UPDATE`:                                                                             "",
	} {
		if got, err := dbkernel.CheckStatement(text); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestTargetRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"main after FROM":              `SELECT 1 FROM main.sessions`,
		"main after JOIN":              `SELECT 1 FROM a JOIN main.sessions s ON 1 = 1`,
		"main after a comma":           `SELECT 1 FROM a, main.sessions`,
		"main after a newline":         "SELECT 1 FROM\n\tMAIN . sessions",
		"main in a subquery":           `UPDATE main.a SET x = (SELECT y FROM main.b)`,
		"main in UPDATE FROM":          `UPDATE main.a SET x = 1 FROM main.b`,
		"main in DELETE USING":         `DELETE FROM main.a USING main.b`,
		"main after INSERT SELECT":     `INSERT INTO main.a SELECT x FROM main.b`,
		"main as a column":             `SELECT main.x FROM a`,
		"DELETE FROM spread out":       `SELECT 1 WHERE x = delete_from AND EXISTS (SELECT 1 FROM main.b)`,
		"quoted main":                  `SELECT 1 FROM "main".sessions`,
		"bracketed main":               `SELECT 1 FROM [main].sessions`,
		"backquoted main":              "SELECT 1 FROM `main`.sessions",
		"write that is not main's":     `UPDATE sessions SET a = 1`,
		"insert that is not main's":    `INSERT INTO sessions VALUES ($1)`,
		"write of temp":                `UPDATE temp.scope SET tenant = $1`,
		"INSERT OR":                    `INSERT OR REPLACE INTO main.a VALUES ($1)`,
		"REPLACE":                      `REPLACE INTO main.a VALUES ($1)`,
		"UPDATE OR":                    `UPDATE OR REPLACE main.a SET x = 1`,
		"two writes":                   `WITH x AS (DELETE FROM main.a RETURNING id) INSERT INTO main.b SELECT id FROM x`,
		"two statements":               `SELECT 1; SELECT 2`,
		"a comment":                    `SELECT 1 -- FROM main.a`,
		"a block comment":              `SELECT 1 FROM /* */ main.a`,
		"an escape string":             `SELECT E'\'' FROM a`,
		"a backslash":                  `SELECT '\' FROM a`,
		"an open string":               `SELECT 'x FROM a`,
		"a dollar quote":               `SELECT $a$x$a$`,
		"another start":                `PRAGMA x`,
		"SET ROLE":                     `SET ROLE orc_system`,
		"the scope by function":        `SELECT set_config('app.tenant', 'b', true)`,
		"the catalogue of SQLite":      `SELECT name FROM sqlite_schema`,
		"the catalogue of PostgreSQL":  `SELECT 1 FROM pg_catalog.pg_class`,
		"a PRAGMA as a table":          `SELECT 1 FROM pragma_table_info('x')`,
		"a cast only PostgreSQL knows": `SELECT 1::text`,
		"an umlaut":                    `SELECT ä FROM a`,
		"nothing":                      ``,
	} {
		if got, err := dbkernel.CheckStatement(text); err == nil {
			t.Errorf("%s was let through with target %q: %s", name, got, text)
		}
	}
}

func FuzzTargetNeverReadsMain(f *testing.F) {
	f.Add(`INSERT INTO main.a SELECT 1 FROM b`)
	f.Add(`DELETE FROM main.a`)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := dbkernel.CheckStatement(text); err == nil {
			for _, read := range []string{"SELECT 1 FROM main.a", "SELECT 1 FROM b, main.a", "SELECT 1 FROM b JOIN main.a ON 1 = 1"} {
				if _, err := dbkernel.CheckStatement(text + " UNION " + read); err == nil {
					t.Errorf("let through: %q", text+" UNION "+read)
				}
			}
		}
	})
}
