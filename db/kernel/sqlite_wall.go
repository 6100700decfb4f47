package kernel

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// setScopeText is the only statement that changes whose rows a connection sees.
const setScopeText = `UPDATE temp.scope SET tenant = $1`

// wallPlan lists the tables with walls. The names of the views that may read the tables themselves contain a secret of this
// process, so that no statement can name them in a subquery.
type wallPlan struct {
	tables   []string
	isScoped map[string]bool
	keys     map[[2]string]bool // columns that foreign keys read when a row is written
	secret   string
	passage  map[string]bool // the names that may read a table itself
}

// planWalls reads which tables have a tenant_id, so that a new table has walls as soon as a migration creates it.
func planWalls(ctx context.Context, plain *sql.DB) (wallPlan, error) {
	var b [8]byte
	_, _ = rand.Read(b[:])
	p := wallPlan{isScoped: map[string]bool{}, keys: map[[2]string]bool{}, passage: map[string]bool{}, secret: "wall_" + hex.EncodeToString(b[:]) + "_"}
	rows, err := plain.QueryContext(ctx, `SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'tenant_id'
		UNION ALL SELECT 'fk ' || f."table", f."to" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
		UNION ALL SELECT 'fk ' || m.name, f."from" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`)
	if err != nil {
		return p, Wrap("read tables", err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return p, Wrap("read tables", err)
		}
		if parent, ok := strings.CutPrefix(table, "fk "); ok {
			p.keys[[2]string{parent, column}] = true
			continue
		}
		p.tables = append(p.tables, table)
		p.isScoped[table] = true
		for _, suffix := range []string{"", "_i", "_u", "_d"} {
			p.passage[p.secret+table+suffix] = true
		}
	}
	slices.Sort(p.tables)
	return p, Wrap("read tables", rows.Err())
}

// wall is row security on one connection.
type wall struct {
	plan *wallPlan
	// engine is true while the engine itself begins, ends or scopes a transaction. The scope can change only then.
	engine bool
	// target is the table that the current statement writes, from its tokens; empty if it only reads.
	target string
}

// raiseWalls sets up the walls when a connection opens: views that hide the tables, triggers on the tables, then the authorizer.
func (w *wall) raiseWalls(c sqlite.ExecQuerierContext, _ string) error {
	ctx := context.Background()
	var b strings.Builder
	b.WriteString(`CREATE TEMP TABLE scope (tenant TEXT NOT NULL); INSERT INTO temp.scope VALUES ('');`)
	for _, t := range w.plan.tables {
		b.WriteString(wallStatements(t, w.plan.secret))
	}
	if _, err := c.ExecContext(ctx, b.String(), nil); err != nil {
		return fmt.Errorf("raise walls: %w", err)
	}
	a, ok := c.(sqlite.AuthorizerRegisterer)
	if !ok {
		return fmt.Errorf("raise walls: this SQLite has no authorizer")
	}
	return a.RegisterAuthorizer(w.authorize)
}

// wallStatements creates the wall of one table. It uses triggers on the table instead of INSTEAD OF, because an upsert does not work
// on a view.
func wallStatements(table, secret string) string {
	const mine = `(SELECT tenant FROM temp.scope)`
	const stop = `BEGIN SELECT RAISE(ABORT, 'tenant wall'); END;`
	return strings.NewReplacer("{t}", table, "{w}", secret+table, "{mine}", mine, "{stop}", stop).Replace(`
CREATE TEMP VIEW {w} AS SELECT * FROM main.{t} WHERE tenant_id = {mine};
CREATE TEMP VIEW {t} AS SELECT * FROM temp.{w};
CREATE TEMP TRIGGER {w}_i BEFORE INSERT ON main.{t} WHEN NEW.tenant_id IS NOT {mine} {stop}
CREATE TEMP TRIGGER {w}_u BEFORE UPDATE ON main.{t} WHEN OLD.tenant_id IS NOT {mine} OR NEW.tenant_id IS NOT {mine} {stop}
CREATE TEMP TRIGGER {w}_d BEFORE DELETE ON main.{t} WHEN OLD.tenant_id IS NOT {mine} {stop}`)
}

// authorize decides what SQLite may compile on this connection: it denies everything that it does not name.
func (w *wall) authorize(a sqlite.AuthorizerActionCode, arg1, arg2, schema, via string) sqlite.AuthorizerReturnCode {
	ok := false
	switch a {
	case sqlite.AuthSelect, sqlite.AuthRecursive:
		ok = true
	case sqlite.AuthFunction:
		ok = arg2 != "load_extension"
	case sqlite.AuthTransaction:
		ok = w.engine
	case sqlite.AuthRead:
		ok = w.canRead(arg1, arg2, schema, via)
	case sqlite.AuthInsert, sqlite.AuthDelete:
		ok = schema == "main" && w.plan.isScoped[arg1] && arg1 == w.target
	case sqlite.AuthUpdate:
		ok = schema == "main" && w.plan.isScoped[arg1] && arg1 == w.target || schema == "temp" && arg1 == "scope" && w.engine
	}
	if ok {
		return sqlite.AuthorizerOK
	}
	return sqlite.AuthorizerDeny
}

func (w *wall) canRead(table, column, schema, via string) bool {
	if schema == "temp" {
		return !strings.HasPrefix(table, "sqlite_")
	}
	if schema != "main" {
		return schema == "" && table == "" // a column of a subquery
	}
	if w.target != "" && (table == w.target && via == "" || w.plan.keys[[2]string{table, column}]) {
		return true
	}
	return w.plan.isScoped[table] && w.plan.passage[via]
}
