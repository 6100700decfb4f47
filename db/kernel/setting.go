package kernel

import (
	"context"
)

var (
	qSetting    = area.CrossTenant("settings belong to the instance", `SELECT value FROM settings WHERE name = $1`)
	qPutSetting = area.CrossTenant("settings belong to the instance", `INSERT INTO main.settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
)

// Setting reads a setting of the instance.
func (s *System) Setting(ctx context.Context, name string) (v string, found bool, err error) {
	return Maybe(Value[string])(s.Query(ctx, qSetting, name))
}

// PutSetting sets a setting of the instance.
func (s *System) PutSetting(ctx context.Context, name, v string) error {
	_, err := s.Exec(ctx, qPutSetting, name, v)
	return Wrap("put setting", err)
}
