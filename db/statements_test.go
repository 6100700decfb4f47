package db_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

// TestEveryStatementIsUnderstood: each database parses and plans every registered statement, and each clause on a statement of the
// same area. Otherwise a statement that one database rejects, such as a comparison of a number with a text, fails only when it runs.
func TestEveryStatementIsUnderstood(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		isPostgres := strings.HasSuffix(t.Name(), "/postgres")
		all, clauses := dbkernel.Statements()
		for _, q := range all {
			if isPostgres {
				q.Text += q.Lock
			}
			if err := explain(t, d, q.Text); err != nil && !slices.Contains(testAreas, q.Area) {
				t.Errorf("%v: %s", err, q.Text)
			}
		}
		for _, c := range clauses {
			fits := func(q dbkernel.Registered) bool {
				return q.Area == c.Area && strings.HasPrefix(q.Text, "SELECT") && explain(t, d, appended(q.Text, c.Text)) == nil
			}
			if !slices.ContainsFunc(all, fits) {
				t.Errorf("no statement of %s understands: %s", c.Area, c.Text)
			}
		}
		if explain(t, d, `SELECT l.tenant_id FROM lanes l WHERE l.running < CASE WHEN l.ready > 0 THEN $1 ELSE $2 END`) == nil && isPostgres {
			t.Error("a comparison of a number with a text is let through")
		}
		if explain(t, d, `SELECT id FROM planted_rows WHERE tenant_id = $1`) == nil {
			t.Error("a table that is not there is let through")
		}
	})
}

var placeholder = regexp.MustCompile(`\$(\d+)`)

// arguments is the highest number of a placeholder.
func arguments(text string) (most int) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		most = max(most, n)
	}
	return most
}

// appended is a statement with a clause as a Filter appends it.
func appended(text, clause string) string {
	n := arguments(text)
	for strings.Contains(clause, "?") {
		n++
		clause = strings.Replace(clause, "?", "$"+strconv.Itoa(n), 1)
	}
	return text + " " + clause
}

func explain(t *testing.T, d *dbkernel.DB, text string) error {
	t.Helper()
	return dbtest.TryExec(t, d, "EXPLAIN "+text, make([]any, arguments(text))...)
}
