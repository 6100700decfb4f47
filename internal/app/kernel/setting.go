package kernel

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
)

// Setting returns an instance setting, or "" if it was never set.
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

// Keep returns the current retention periods. Retention reads them at each run, so a change takes effect without a restart.
func (a *Kernel) Keep(ctx context.Context) (k instance.Keep, err error) {
	err = a.DB.SystemView(ctx, func(s *dbkernel.System) error { k, err = ReadKeep(ctx, s); return err })
	return k, err
}

// ReadKeep is Keep in the caller's transaction.
func ReadKeep(ctx context.Context, s *dbkernel.System) (instance.Keep, error) {
	k := instance.DefaultKeep()
	for name, n := range map[string]*int{instance.KeepTranscripts: &k.Transcripts, instance.KeepCalls: &k.Calls} {
		text, set, err := s.Setting(ctx, name)
		if err != nil {
			return k, err
		}
		if !set {
			continue
		}
		if *n, err = instance.Days(name, text); err != nil { // an error is safer than deleting by an invalid number
			return k, err
		}
	}
	return k, nil
}
