package kernel

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// NameColumn is a column with a person's name next to the person's id, so that pages can show the name after the person has left.
type NameColumn struct{ Table, ID, Name string }

// Erased is the erasure of a person: Was is the person, As the pseudonym that replaces the person, Now the time.
type Erased struct {
	Was, As user.User
	Now     time.Time
}

// hooks holds what the areas registered for operations that reach the tables of every area.
var hooks struct {
	newTeam  []func(context.Context, *System, tenant.Tenant) error
	erase    []func(context.Context, *System, Erased) error
	names    []nameStmt
	ofPerson []tableStmt
	ofTeam   [][]tableStmt
	sealed   []sealedColumn
}

type (
	nameStmt struct {
		NameColumn
		erase CrossTenantStmt
	}
	tableStmt struct {
		table string
		drop  CrossTenantStmt
	}
)

// OnNewTeam registers a function that stores what the area needs for a new team, in the transaction that creates the team.
func (a *Area) OnNewTeam(f func(context.Context, *System, tenant.Tenant) error) {
	panicIfSealed("hooks", a.Name)
	hooks.newTeam = append(hooks.newTeam, f)
}

// NewTeam runs the functions of OnNewTeam. It stops at the first error.
func (s *System) NewTeam(ctx context.Context, t tenant.Tenant) error {
	for _, f := range hooks.newTeam {
		if err := f(ctx, s, t); err != nil {
			return err
		}
	}
	return nil
}

// OnErase registers a function that erases a person where NameColumn and PersonTables are not enough.
func (a *Area) OnErase(f func(context.Context, *System, Erased) error) {
	panicIfSealed("hooks", a.Name)
	hooks.erase = append(hooks.erase, f)
}

// NameColumn registers a column with a person's name, which Erase replaces with the pseudonym; id is the column with the person's id.
func (a *Area) NameColumn(table, id, name string) {
	q := a.CrossTenant(ReasonErasure, `UPDATE main.`+table+` SET `+name+` = $2 WHERE `+id+` = $1`)
	hooks.names = append(hooks.names, nameStmt{NameColumn{table, id, name}, q})
}

// PersonTables registers tables whose rows, by user_id, belong to one person. Erase deletes those rows.
func (a *Area) PersonTables(tables ...string) {
	for _, table := range tables {
		hooks.ofPerson = append(hooks.ofPerson, tableStmt{table, a.CrossTenant(ReasonErasure, `DELETE FROM main.`+table+` WHERE user_id = $1`)})
	}
}

// Erase deletes a person's own rows in every area, replaces the name with the pseudonym, and runs the functions of OnErase.
func (s *System) Erase(ctx context.Context, e Erased) error {
	for _, q := range hooks.ofPerson {
		if _, err := s.Exec(ctx, q.drop, e.Was.ID); err != nil {
			return Wrap("delete a person's rows in "+q.table, err)
		}
	}
	for _, q := range hooks.names {
		if _, err := s.Exec(ctx, q.erase, e.Was.ID, e.As.Name); err != nil {
			return Wrap("erase a person's name in "+q.Table, err)
		}
	}
	for _, f := range hooks.erase {
		if err := f(ctx, s, e); err != nil {
			return err
		}
	}
	return nil
}

// NameColumns lists the columns of NameColumn, for the tests.
func NameColumns() (all []NameColumn) {
	for _, c := range hooks.names {
		all = append(all, c.NameColumn)
	}
	return all
}

// PersonTables lists the tables of Area.PersonTables, for the tests.
func PersonTables() (all []string) {
	for _, t := range hooks.ofPerson {
		all = append(all, t.table)
	}
	return all
}

// TeamTables registers tables whose rows are purged with their team; a table comes before those it refers to. The tables that no
// area registers are kept: the audit log, the sums of usage, and the rows they refer to.
func (a *Area) TeamTables(tables ...string) {
	var all []tableStmt
	for _, table := range tables {
		all = append(all, tableStmt{table, a.CrossTenant(ReasonPurge, `DELETE FROM main.`+table+` WHERE tenant_id = $1`)})
	}
	hooks.ofTeam = append(hooks.ofTeam, all)
}

// PurgeRows deletes the rows of a team from every table of TeamTables. An area registers after those it imports and may refer to
// their rows, so the last to register is purged first.
func (s *System) PurgeRows(ctx context.Context, t tenant.ID) error {
	for i := len(hooks.ofTeam) - 1; i >= 0; i-- {
		for _, q := range hooks.ofTeam[i] {
			if _, err := s.Exec(ctx, q.drop, t); err != nil {
				return Wrap("purge a team's rows in "+q.table, err)
			}
		}
	}
	return nil
}

// PurgeOrder lists the tables of TeamTables in the order in which PurgeRows empties them, for the tests.
func PurgeOrder() (all []string) {
	for i := len(hooks.ofTeam) - 1; i >= 0; i-- {
		for _, t := range hooks.ofTeam[i] {
			all = append(all, t.table)
		}
	}
	return all
}
