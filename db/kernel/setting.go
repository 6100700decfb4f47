package kernel

import (
	"context"
)

const reasonSettings = "settings belong to the instance, not to a team"

var (
	qSetting    = area.CrossTenant(reasonSettings, `SELECT value FROM settings WHERE name = $1`)
	qPutSetting = area.CrossTenant(reasonSettings, `INSERT INTO main.settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
)

// Setting reads a setting of the instance; found is false if it was never set.
func (s *System) Setting(ctx context.Context, name string) (v string, found bool, err error) {
	return Maybe(Value[string])(s.Query(ctx, qSetting, name))
}

// PutSetting stores a setting of the instance in place of its earlier value.
func (s *System) PutSetting(ctx context.Context, name, v string) error {
	_, err := s.Exec(ctx, qPutSetting, name, v)
	return Wrap("put setting", err)
}
