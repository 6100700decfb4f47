package dbtest

import (
	"fmt"
	"slices"
	"testing"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Everything reads every row of every table that has a tenant_id, of one team, without walls: "table", then "column=value" of
// each column, with a unit separator between. Rows are sorted.
func Everything(t testing.TB, d *dbkernel.DB, team tenant.ID) (out []string) {
	t.Helper()
	c := unwalledPool(d)
	for _, table := range tablesOf(t, d) {
		out = append(out, rowsOf(t, c, table, ` WHERE tenant_id = $1`, string(team))...)
	}
	slices.Sort(out)
	return out
}

// All is Everything of all teams and of the instance.
func All(t testing.TB, d *dbkernel.DB) (out []string) {
	t.Helper()
	c := unwalledPool(d)
	for _, table := range allTables(t, d) {
		out = append(out, rowsOf(t, c, table, "")...)
	}
	slices.Sort(out)
	return out
}

func allTables(t testing.TB, d *dbkernel.DB) []string {
	t.Helper()
	if unwalledPool(d).driver == "pgx" {
		return Rows(t, d, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' AND table_type = 'BASE TABLE' ORDER BY 1`)
	}
	return Rows(t, d, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1`)
}

// tablesOf lists the tables with rows of teams.
func tablesOf(t testing.TB, d *dbkernel.DB) []string {
	t.Helper()
	if unwalledPool(d).driver == "pgx" {
		return Rows(t, d, `SELECT table_name FROM information_schema.columns WHERE table_schema = 'main' AND column_name = 'tenant_id' ORDER BY 1`)
	}
	return Rows(t, d, `SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'tenant_id' ORDER BY 1`)
}

func rowsOf(t testing.TB, c pool, table, where string, args ...any) (out []string) {
	t.Helper()
	rows, err := c.Query(`SELECT * FROM `+table+where, args...)
	requireNoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	requireNoError(t, err)
	for rows.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		requireNoError(t, rows.Scan(dest...))
		row := table
		for i, v := range values {
			row += fmt.Sprintf("\x1f%s=%s", columns[i], asText(v))
		}
		out = append(out, row)
	}
	requireNoError(t, rows.Err())
	return out
}

func asText(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(v)
}
