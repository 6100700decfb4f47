package kernel

import (
	"fmt"
	"slices"
	"strings"
)

// Area is a package of statements with the tables it owns: only its statements write them. It registers everything before the
// first Open, in variables and init functions, and panics with the statement that breaks a rule.
type Area struct {
	Name   string
	Tables []string
	// foreign lets the kernel's own tests write tables of other areas, to see that the database rejects it.
	foreign bool
}

// areas lists all areas, each after those that it imports.
var areas []*Area

// area is the kernel's own: the audit logs, which every verb writes, the settings of the instance, and the check
// values of its master keys, and the idempotency keys of requests.
var area = NewArea("kernel", "audit", "instance_audit", "audit_heads", "settings", "master_keys", "idempotency_keys")

// NewArea registers an area. It panics when another area has its name or one of its tables.
func NewArea(name string, tables ...string) *Area {
	panicIfSealed("areas", name)
	for _, a := range areas {
		for _, t := range tables {
			if slices.Contains(a.Tables, t) {
				panic(fmt.Sprintf("db: the table %s belongs to the area %s and cannot belong to %s too", t, a.Name, name))
			}
		}
		if a.Name == name {
			panic("db: another area is named " + name)
		}
	}
	a := &Area{Name: name, Tables: tables}
	areas = append(areas, a)
	return a
}

// Areas lists the registered areas, each after those that it imports.
func Areas() []*Area { return slices.Clone(areas) }

// Scoped registers a statement of a Scope. It panics on a text that could bypass the walls, does not name the tenant as $1, or
// writes a table of another area.
func (a *Area) Scoped(text string) Stmt { return a.ScopedLocked(text, "") }

// ScopedLocked is Scoped with a row lock such as FOR NO KEY UPDATE, which does not block foreign key checks. Only PostgreSQL has
// row locks and needs them.
func (a *Area) ScopedLocked(text, lock string) Stmt {
	s := a.newStmt(text, lock)
	if !strings.Contains(text, "$1") {
		panic("db: a scoped statement must name the tenant as $1: " + text)
	}
	registered = append(registered, s)
	return s
}

// CrossTenant registers a statement of System. reason completes the sentence "crosses tenants because …". It panics as Scoped does,
// but $1 may be anything.
func (a *Area) CrossTenant(reason, text string) CrossTenantStmt {
	return a.CrossTenantLocked(reason, text, "")
}

// CrossTenantLocked is CrossTenant with a row lock, as in ScopedLocked.
func (a *Area) CrossTenantLocked(reason, text, lock string) CrossTenantStmt {
	if reason == "" {
		panic("db: a statement of System must give its reason for crossing tenants: " + text)
	}
	c := CrossTenantStmt{a.newStmt(text, lock), reason}
	crossings = append(crossings, c)
	return c
}

// Clause registers fixed SQL that a Filter may append. It panics on a text that writes or could bypass the walls.
func (a *Area) Clause(text string) Clause {
	panicIfSealed("clauses", text)
	if _, err := checkStatement("SELECT 1 WHERE 1 = 1 " + text); err != nil {
		panic("db: " + err.Error())
	}
	c := Clause{text, a.Name}
	clauses = append(clauses, c)
	return c
}

func (a *Area) newStmt(text, lock string) Stmt {
	panicIfSealed("statements", text)
	table, err := checkStatement(text)
	if err != nil {
		panic("db: " + err.Error())
	}
	if table != "" && !a.foreign && !slices.Contains(a.Tables, table) {
		panic(fmt.Sprintf("db: the area %s does not own the table %s: %s", a.Name, table, text))
	}
	if lock != "" {
		lock = " " + lock
	}
	return Stmt{text: text, table: table, area: a.Name, lock: lock}
}

// panicIfSealed panics after the first Open: no test would see a statement that is registered later.
func panicIfSealed(what, which string) {
	if sealed.Load() {
		panic("db: register " + what + " before the first Open: " + which)
	}
}
