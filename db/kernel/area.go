package kernel

import (
	"fmt"
	"slices"
	"strings"
)

// Area is one package of statements and the tables it owns: only its statements write them. An area registers before the first
// Open, from variables and init functions; what breaks a rule panics there, with the statement.
type Area struct {
	Name   string
	Tables []string
	// foreign lets the kernel's own tests write tables of other areas, to see that the database refuses.
	foreign bool
}

// areas are all areas, a lower one before those that import it.
var areas []*Area

// area is the kernel's own: the audit logs, which every act writes, and the settings of the instance.
var area = NewArea("kernel", "audit", "instance_audit", "audit_heads", "settings")

// NewArea registers an area. It panics when another area has its name or one of its tables.
func NewArea(name string, tables ...string) *Area {
	panicIfSealed("areas", name)
	for _, a := range areas {
		for _, t := range tables {
			if slices.Contains(a.Tables, t) {
				panic(fmt.Sprintf("db: the table %s belongs to %s and cannot belong to %s too", t, a.Name, name))
			}
		}
		if a.Name == name {
			panic("db: there are two areas named " + name)
		}
	}
	a := &Area{Name: name, Tables: tables}
	areas = append(areas, a)
	return a
}

// Areas lists the registered areas, a lower one before those that import it.
func Areas() []*Area { return slices.Clone(areas) }

// Scoped registers a statement of a Scope. It panics on a text that could step past the walls, that does not name the tenant as
// $1, or that writes a table of another area.
func (a *Area) Scoped(text string) Stmt { return a.ScopedLocked(text, "") }

// ScopedLocked is Scoped with a row lock that only PostgreSQL knows and needs, such as FOR NO KEY UPDATE, which does not block
// foreign key checks.
func (a *Area) ScopedLocked(text, lock string) Stmt {
	s := a.newStmt(text, lock)
	if !strings.Contains(text, "$1") {
		panic("db: a scoped statement names the tenant as $1: " + text)
	}
	registered = append(registered, s)
	return s
}

// CrossTenant registers a statement of System; reason completes the sentence "crosses tenants because …".
func (a *Area) CrossTenant(reason, text string) CrossTenantStmt {
	return a.CrossTenantLocked(reason, text, "")
}

// CrossTenantLocked is CrossTenant with a row lock that only PostgreSQL knows and needs.
func (a *Area) CrossTenantLocked(reason, text, lock string) CrossTenantStmt {
	if reason == "" {
		panic("db: say why this crosses tenants: " + text)
	}
	c := CrossTenantStmt{a.newStmt(text, lock), reason}
	crossings = append(crossings, c)
	return c
}

// Clause registers a fixed piece of SQL that a Filter may append.
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
		panic(fmt.Sprintf("db: %s does not own the table %s: %s", a.Name, table, text))
	}
	if lock != "" {
		lock = " " + lock
	}
	return Stmt{text: text, table: table, area: a.Name, lock: lock}
}

// panicIfSealed panics after the first Open: a statement that is registered later was seen by no test.
func panicIfSealed(what, which string) {
	if sealed.Load() {
		panic("db: " + what + " are registered before the first Open: " + which)
	}
}
