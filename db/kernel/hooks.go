package kernel

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

const (
	ReasonPurge   = "a team that was deleted long ago is purged from outside of it"
	ReasonErasure = "a person who is erased is erased in every team"
)

// NameColumn is a column that keeps a person's name beside the person's id, so that it can be shown after the person has left.
type NameColumn struct{ Table, ID, Name string }

// Erased is a person who is erased: who it was, the pseudonym that takes the person's place, and when.
type Erased struct {
	Was, As user.User
	Now     time.Time
}

// hooks are what the areas registered for acts that reach the tables of every area.
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

// OnNewTeam registers what the area stores for each new team, in the transaction that makes it.
func (a *Area) OnNewTeam(f func(context.Context, *System, tenant.Tenant) error) {
	panicIfSealed("hooks", a.Name)
	hooks.newTeam = append(hooks.newTeam, f)
}

// NewTeam runs what the areas registered for a new team.
func (s *System) NewTeam(ctx context.Context, t tenant.Tenant) error {
	for _, f := range hooks.newTeam {
		if err := f(ctx, s, t); err != nil {
			return err
		}
	}
	return nil
}

// OnErase registers what the area does beyond names and rows when a person is erased.
func (a *Area) OnErase(f func(context.Context, *System, Erased) error) {
	panicIfSealed("hooks", a.Name)
	hooks.erase = append(hooks.erase, f)
}

// NameColumn registers a column that keeps a person's name: ReasonErasure the person puts the pseudonym there.
func (a *Area) NameColumn(table, id, name string) {
	q := a.CrossTenant(ReasonErasure, `UPDATE main.`+table+` SET `+name+` = $2 WHERE `+id+` = $1`)
	hooks.names = append(hooks.names, nameStmt{NameColumn{table, id, name}, q})
}

// PersonTables registers tables whose rows belong to one person: ReasonErasure the person deletes them.
func (a *Area) PersonTables(tables ...string) {
	for _, table := range tables {
		hooks.ofPerson = append(hooks.ofPerson, tableStmt{table, a.CrossTenant(ReasonErasure, `DELETE FROM main.`+table+` WHERE user_id = $1`)})
	}
}

// Erase deletes a person's own rows in every area, puts the pseudonym in place of the name, and runs what the areas registered.
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

// NameColumns lists the registered columns with names of people.
func NameColumns() (all []NameColumn) {
	for _, c := range hooks.names {
		all = append(all, c.NameColumn)
	}
	return all
}

// PersonTables lists the registered tables whose rows belong to one person.
func PersonTables() (all []string) {
	for _, t := range hooks.ofPerson {
		all = append(all, t.table)
	}
	return all
}

// TeamTables registers tables of a team that are purged with it, those that refer before those that are referred to. What no area
// registers stays: the audit log, the sums of usage, and the rows that those refer to.
func (a *Area) TeamTables(tables ...string) {
	var all []tableStmt
	for _, table := range tables {
		all = append(all, tableStmt{table, a.CrossTenant(ReasonPurge, `DELETE FROM main.`+table+` WHERE tenant_id = $1`)})
	}
	hooks.ofTeam = append(hooks.ofTeam, all)
}

// PurgeRows deletes the rows of a team from every registered table. Areas register from the bottom up, and an upper area refers
// to a lower one, so the last to register is purged first.
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

// PurgeOrder lists the registered tables of a team in the order in which PurgeRows empties them.
func PurgeOrder() (all []string) {
	for i := len(hooks.ofTeam) - 1; i >= 0; i-- {
		for _, t := range hooks.ofTeam[i] {
			all = append(all, t.table)
		}
	}
	return all
}
