package kernel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

const (
	reason   = "a test needs a reason that counts"
	readMore = `SELECT id FROM more WHERE tenant_id = $1`
)

// It is not parallel: it registers areas, which nothing else may do by then.
func TestWhatBreaksARuleOfAreasPanics(t *testing.T) {
	more := func() *dbkernel.Area { return dbkernel.NewArea("more", "more") }
	for want, register := range map[string]func(){
		"": func() { more().Scoped(`UPDATE main.more SET a = 1 WHERE tenant_id = $1`) },
		"the table more belongs to the area more":     func() { more(); dbkernel.NewArea("most", "other", "more") },
		"another area is named more":                  func() { more(); dbkernel.NewArea("more", "other") },
		"the area more does not own the table lanes":  func() { more().Scoped(`UPDATE main.lanes SET running = 0 WHERE tenant_id = $1`) },
		"the area more does not own the table users":  func() { more().CrossTenant(reason, `DELETE FROM main.users`) },
		"the area more does not own the table audit":  func() { more().ScopedLocked(`DELETE FROM main.audit WHERE tenant_id = $1`, "FOR UPDATE") },
		"the area more does not own the table events": func() { more().TeamTables("events") },
		"the area more does not own the table asks":   func() { more().NameColumn("asks", "replied_by", "name") },
		"must name the tenant as $1":                  func() { more().Scoped(`SELECT id FROM more`) },
		"give its reason for crossing tenants":        func() { more().CrossTenant("", readMore) },
		"by its name without main.":                   func() { more().Scoped(`SELECT id FROM main.more WHERE tenant_id = $1`) },
		"could bypass the walls":                      func() { more().Clause(`AND pg_sleep(1) = ?`) },
	} {
		said := dbkernel.Registering(register)
		if !strings.Contains(said, want) || (said == "") != (want == "") {
			t.Errorf("%q: the panic says %q", want, said)
		}
	}
}

func TestNothingIsRegisteredAfterTheFirstOpen(t *testing.T) {
	t.Parallel()
	dbtest.Open(t)
	a := dbkernel.TestArea
	for name, register := range map[string]func(){
		"an area":                      func() { dbkernel.NewArea("late") },
		"a statement of a scope":       func() { a.Scoped(readMore) },
		"one with a lock":              func() { a.ScopedLocked(readMore, "FOR UPDATE") },
		"a statement of the system":    func() { a.CrossTenant(reason, readMore) },
		"one of the system and a lock": func() { a.CrossTenantLocked(reason, readMore, "FOR UPDATE") },
		"a clause":                     func() { a.Clause(`AND id = ?`) },
		"a column with names":          func() { a.NameColumn("asks", "replied_by", "name") },
		"a table of a team":            func() { a.TeamTables("asks") },
		"a table of a person":          func() { a.PersonTables("asks") },
		"a sealed column":              func() { a.SealedColumn("asks", "id", "message") },
		"a hook for new teams":         func() { a.OnNewTeam(nil) },
		"a hook for erasing":           func() { a.OnErase(nil) },
	} {
		if said := panicOf(register); !strings.Contains(said, "before the first Open") {
			t.Errorf("%s: the panic says %q", name, said)
		}
	}
}

func panicOf(f func()) (said string) {
	defer func() {
		if p := recover(); p != nil {
			said = fmt.Sprint(p)
		}
	}()
	f()
	return ""
}
