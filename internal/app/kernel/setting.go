package kernel

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

// Setting reads an instance setting; empty when it was never set.
func (a *Kernel) Setting(ctx context.Context, name string) (v string, err error) {
	err = a.DB.SystemView(ctx, func(s *dbkernel.System) error { v, _, err = s.Setting(ctx, name); return err })
	return v, err
}

// PutSetting stores an instance setting.
func (a *Kernel) PutSetting(ctx context.Context, name, value string) error {
	return a.DB.System(ctx, func(s *dbkernel.System) error {
		was, _, err := s.Setting(ctx, name)
		if err != nil {
			return err
		}
		if err := s.PutSetting(ctx, name, value); err != nil {
			return err
		}
		return a.auditSetting(ctx, s, name, was, value)
	})
}
