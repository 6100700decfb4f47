package kernel

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

const reasonRotation = "a sealing key is replaced for every team at once"

// sealedColumn is a column with sealed values and the statements that list and change them.
type sealedColumn struct {
	table, column string
	list, change  CrossTenantStmt
}

// SealedColumn registers a column with sealed values in a table of teams; row is the column that the seal binds as the row. The
// values of a column that no area registers would be lost with their key.
func (a *Area) SealedColumn(table, row, column string) {
	hooks.sealed = append(hooks.sealed, sealedColumn{table, column,
		a.CrossTenant(reasonRotation, `SELECT tenant_id, `+row+`, `+column+` FROM `+table+` WHERE `+column+` <> '' AND (tenant_id, `+row+`) > ($1, $2)
			ORDER BY tenant_id, `+row+` LIMIT $3`),
		a.CrossTenant(reasonRotation, `UPDATE main.`+table+` SET `+column+` = $4 WHERE tenant_id = $1 AND `+row+` = $2 AND `+column+` = $3`)})
}

// SealedInstanceColumn is SealedColumn for a table of the instance, whose rows have no team.
func (a *Area) SealedInstanceColumn(table, row, column string) {
	hooks.sealed = append(hooks.sealed, sealedColumn{table, column,
		a.CrossTenant(reasonRotation, `SELECT '', `+row+`, `+column+` FROM `+table+` WHERE `+column+` <> '' AND $1 = '' AND `+row+` > $2 ORDER BY `+row+` LIMIT $3`),
		a.CrossTenant(reasonRotation, `UPDATE main.`+table+` SET `+column+` = $4 WHERE $1 = '' AND `+row+` = $2 AND `+column+` = $3`)})
}

// SealedValue is a sealed value and its place. Tenant is empty in a table of the instance.
type SealedValue struct{ Tenant, Table, Row, Column, Value string }

// SealedColumns lists every registered column as "table.column".
func SealedColumns() (names []string) {
	for _, c := range hooks.sealed {
		names = append(names, c.table+"."+c.column)
	}
	return names
}

// SealedValues lists at most limit sealed values of one of SealedColumns in a fixed order, starting after a value or, for the zero
// value, at the first. Rows that are only marked as deleted are included.
func (s *System) SealedValues(ctx context.Context, column string, after SealedValue, limit int) ([]SealedValue, error) {
	c, err := sealedColumnOf(column)
	if err != nil {
		return nil, err
	}
	return Collect(func(r Scanner) (SealedValue, error) {
		v := SealedValue{Table: c.table, Column: c.column}
		err := r.Scan(&v.Tenant, &v.Row, &v.Value)
		return v, err
	})(s.Query(ctx, c.list, after.Tenant, after.Row, limit))
}

// Reseal replaces was with value. It returns false, and changes nothing, if was is no longer stored there.
func (s *System) Reseal(ctx context.Context, was SealedValue, value string) (bool, error) {
	c, err := sealedColumnOf(was.Table + "." + was.Column)
	if err != nil {
		return false, err
	}
	n, err := s.Exec(ctx, c.change, was.Tenant, was.Row, was.Value, value)
	return n == 1, Wrap("store resealed value", err)
}

func sealedColumnOf(name string) (sealedColumn, error) {
	for _, c := range hooks.sealed {
		if c.table+"."+c.column == name {
			return c, nil
		}
	}
	return sealedColumn{}, fault.New(fault.Internal, "the column %s has no sealed values", name)
}
